#pragma once

#include <memory>
#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/runtime/task.hpp"

namespace leafgate {

// The way back to a coroutine that waits on its loop. Call it once, on any thread. The loop's context may go
// only after the thread that replies has stopped: it can still be inside the post() that woke the loop last.
template <class T>
class Reply {
 public:
  template <class Handler>
  Reply(Executor home, Handler handler)
      : waiting_(std::make_unique<Waiting<Handler>>(std::move(home), std::move(handler))) {}

  void operator()(T value) { std::exchange(waiting_, nullptr)->send(std::move(value)); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void send(T value) = 0;
  };
  template <class Handler>
  struct Waiting : Base {
    Waiting(Executor h, Handler w) : home(std::move(h)), handler(std::move(w)) {}
    void send(T value) override {
      boost::asio::post(home, [handler = std::move(handler), value = std::move(value)]() mutable {
        std::move(handler)(std::move(value));
      });
    }
    Executor home;
    Handler handler;
  };
  std::unique_ptr<Base> waiting_;
};

// Suspends the calling coroutine, calls start(Reply<T>), and resumes on its own loop with what is replied.
// Not cancellable, so what the coroutine's frame holds outlives the wait (netcore §4).
template <class T, class Start>
Task<T> wait_for_reply(Start& start) {
  const Executor home = co_await boost::asio::this_coro::executor;
  auto initiate = [&](auto handler) { start(Reply<T>(home, std::move(handler))); };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void(T)>(
      initiate, use_task);
}

}  // namespace leafgate
