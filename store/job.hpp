#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/model/result.hpp"
#include "gateway/runtime/task.hpp"
#include "store/connection.hpp"

namespace leafgate {

// The way back to a coroutine that waits on its loop. Call it once, on any thread. The loop's context may go
// only after the store has stopped: a thread can still be inside the post() that woke the loop last.
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

// A request that waits for a thread of the store.
class Job {
 public:
  virtual ~Job() = default;
  // On the store's thread. An error means that what this job did must be undone.
  virtual std::optional<Error> run(Connection& connection) = 0;
  // Exactly once, on the store's thread: gives what run() gave, or `failure` instead.
  virtual void answer(std::optional<Error> failure) = 0;
};

// A job of a coroutine: `function(Connection&)` gives a Result and lives in that coroutine's frame.
template <class F>
class Call : public Job {
 public:
  using Answer = std::invoke_result_t<F&, Connection&>;

  Call(F& function, Reply<Answer> reply) : function_(function), reply_(std::move(reply)) {}

  std::optional<Error> run(Connection& connection) override {
    value_.emplace(function_(connection));
    if (!*value_) return value_->error();
    return std::nullopt;
  }

  void answer(std::optional<Error> failure) override {
    if (failure) {
      reply_(Answer(std::move(*failure)));
    } else {
      reply_(std::move(*value_));
    }
  }

 private:
  F& function_;
  Reply<Answer> reply_;
  std::optional<Answer> value_;
};

// A job nobody waits for; an error it meets is the thread's to judge.
class Errand : public Job {
 public:
  explicit Errand(std::function<Result<void>(Connection&)> function) : function_(std::move(function)) {}
  std::optional<Error> run(Connection& connection) override {
    auto done = function_(connection);
    if (!done) return done.error();
    return std::nullopt;
  }
  void answer(std::optional<Error>) override {}

 private:
  std::function<Result<void>(Connection&)> function_;
};

}  // namespace leafgate
