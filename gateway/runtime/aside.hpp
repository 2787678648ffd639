#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>

#include "gateway/model/result.hpp"
#include "gateway/runtime/thread.hpp"

namespace leafgate {

// What a call that may hang will bring, or never does. Any thread.
template <class T>
class Awaited {
 public:
  void put(T value) {
    const std::lock_guard guard(lock_);
    value_ = std::move(value);
  }
  // Once; nothing: it goes on.
  [[nodiscard]] std::optional<T> take() {
    const std::lock_guard guard(lock_);
    return std::exchange(value_, std::nullopt);
  }

 private:
  std::mutex lock_;
  std::optional<T> value_;
};

template <class F>
concept ThrowsNothing = std::is_nothrow_invocable_v<F&>;

// f() on a thread of this name that nobody waits for, not even a stop: a C library that asks a directory of
// users or a name server comes back when it likes, and cannot be called off. Whoever starts it bounds how
// many such threads there are. f() owns all it uses, and throws nothing: nobody is there to be told. Errors:
// internal (no thread is to be had).
template <ThrowsNothing F>
Result<void> start_aside(std::string name, F f) {
  try {
    std::thread([name = std::move(name), f = std::move(f)]() mutable {
      name_thread(name);
      f();
    }).detach();
  } catch (const std::system_error& no_thread) {
    return Error(Errc::internal, no_thread.what());
  }
  return {};
}

// The same for its value: whoever asks looks for it now and then.
template <ThrowsNothing F, class T = std::invoke_result_t<F&>>
Result<std::shared_ptr<Awaited<T>>> run_aside(std::string name, F f) {
  auto awaited = std::make_shared<Awaited<T>>();
  auto started =
      start_aside(std::move(name), [awaited, f = std::move(f)]() mutable noexcept { awaited->put(f()); });
  if (!started) return started.error();
  return awaited;
}

}  // namespace leafgate
