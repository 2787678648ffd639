#pragma once

#include <chrono>

namespace leafgate {

// The one monotonic clock of the program: boot time (counts suspend), or the virtual time of a Simulator that
// runs on this thread. Meets the requirements of a C++ Clock.
struct LoopClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LoopClock>;
  static constexpr bool is_steady = true;

  [[nodiscard]] static time_point now() noexcept;
};

using TimePoint = LoopClock::time_point;

}  // namespace leafgate
