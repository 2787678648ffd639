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

// f() on a thread of this name that nobody waits for, not even a stop: a C library that asks a directory of
// users comes back when it likes, and cannot be called off. Whoever asks looks for the value now and then,
// and bounds how many such threads there are. f() owns all it uses. Errors: internal (no thread is to be
// had).
template <class F, class T = std::invoke_result_t<F&>>
Result<std::shared_ptr<Awaited<T>>> run_aside(std::string name, F f) {
  auto awaited = std::make_shared<Awaited<T>>();
  try {
    std::thread([awaited, name = std::move(name), f = std::move(f)]() mutable {
      name_thread(name);
      awaited->put(f());
    }).detach();
  } catch (const std::system_error& no_thread) {
    return Error(Errc::internal, no_thread.what());
  }
  return awaited;
}

}  // namespace leafgate
