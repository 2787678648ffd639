#pragma once

#include <exception>
#include <type_traits>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace leafgate {

// The concrete executor keeps completion handlers small (netcore §3).
using Executor = boost::asio::io_context::executor_type;

// A coroutine of this program. It never changes thread: it runs on the loop it was started on.
template <class T>
using Task = boost::asio::awaitable<T, Executor>;

inline constexpr boost::asio::use_awaitable_t<Executor> use_task{};

// Runs `task` on `executor` by itself. An exception that leaves it is a bug and ends the program.
template <class T>
void spawn(const Executor& executor, Task<T> task) {
  boost::asio::co_spawn(executor, std::move(task), [](std::exception_ptr error, auto&&...) {
    if (error) std::rethrow_exception(error);
  });
}

// Runs f() (not a coroutine) on another loop and gives its value back on the caller's loop. Runs in place
// when the caller is there already. Not cancellable: it always completes. Name a lambda that captures by
// value before passing it (GCC 12.2, house §6).
template <class F>
Task<std::invoke_result_t<F&>> on(Executor target, F f) {
  using T = std::invoke_result_t<F&>;
  if (target.running_in_this_thread()) co_return f();
  auto initiate = [&target, &f](auto handler) {
    const auto home = boost::asio::get_associated_executor(handler, target);
    boost::asio::post(target, [home, &f, done = std::move(handler)]() mutable {
      if constexpr (std::is_void_v<T>) {
        f();
        boost::asio::post(home, std::move(done));
      } else {
        boost::asio::post(
            home, [done = std::move(done), value = f()]() mutable { std::move(done)(std::move(value)); });
      }
    });
  };
  if constexpr (std::is_void_v<T>) {
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void()>(initiate,
                                                                                               use_task);
  } else {
    co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<Executor>, void(T)>(
        initiate, use_task);
  }
}

// Runs the coroutine `task` on another loop and gives its value back on the caller's loop. The slot binding
// keeps a cancelled caller from touching a dead handler (Boost 1.81, netcore §1).
template <class T>
Task<T> run_on(Executor target, Task<T> task) {
  if (target.running_in_this_thread()) co_return co_await std::move(task);
  boost::asio::cancellation_slot none;
  co_return co_await boost::asio::co_spawn(target, std::move(task),
                                           boost::asio::bind_cancellation_slot(none, use_task));
}

}  // namespace leafgate
