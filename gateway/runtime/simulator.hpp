#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "gateway/runtime/sleep.hpp"
#include "gateway/runtime/task.hpp"
#include "gateway/runtime/virtual_time.hpp"

namespace leafgate {

// Runs the real coroutines in virtual time on the calling thread: while one lives, LoopClock::now() on this
// thread is its time, and sleeping costs nothing (netcore §6). One per thread. The same seed gives the same
// run, as long as nothing real is waited for: sockets of the kernel (but socketpairs), threads, steady_timer.
// What a coroutine in it refers to must outlive the Simulator, or have ended.
class Simulator {
 public:
  explicit Simulator(std::uint64_t seed);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  [[nodiscard]] Executor executor() { return context_.get_executor(); }
  [[nodiscard]] TimePoint now() const { return time_.now; }
  [[nodiscard]] std::uint64_t random() { return random_(); }  // the seeded source of chance

  void spawn(Task<void> task) { leafgate::spawn(executor(), std::move(task)); }

  // Goes on until nothing is ready and nobody sleeps. A task that repeats for ever never gets idle.
  void run_until_idle();
  // Goes on for this span of virtual time; at its end now() is exactly that much later.
  void run_for(LoopClock::duration span);
  // Runs one task to its end, with everything else that becomes due on the way, and gives its value.
  // Throws std::logic_error when it can never end.
  template <class T>
  T run(Task<T> task);

 private:
  // Runs what is ready; then, if somebody sleeps until `limit` at most, goes to the first such moment.
  bool advance(TimePoint limit);

  VirtualTime time_;
  std::mt19937_64 random_;
  // Last, so that the frames in it find the rest when they are destroyed.
  boost::asio::io_context context_{1};
};

template <class T>
T Simulator::run(Task<T> task) {
  using Held = std::conditional_t<std::is_void_v<T>, bool, std::optional<T>>;
  Held held{};
  const auto keep = [](Task<T> inner, Held& into) -> Task<void> {
    if constexpr (std::is_void_v<T>) {
      co_await std::move(inner);
      into = true;
    } else {
      into.emplace(co_await std::move(inner));
    }
  };
  spawn(keep(std::move(task), held));
  bool more = true;
  while (!held && more) more = advance(TimePoint::max());
  if (!held) throw std::logic_error("simulated task waits for what never comes");
  if constexpr (!std::is_void_v<T>) return std::move(*held);
}

}  // namespace leafgate
