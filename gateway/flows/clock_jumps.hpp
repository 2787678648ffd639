#pragma once

#include <chrono>
#include <optional>

#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// Sees that the calendar was set: between two looks it went by more than a minute otherwise than the clock
// that nobody can set. A clock that is only led gently is never seen. Pure: time is passed in.
class ClockJumps {
 public:
  static constexpr Millis tolerated = std::chrono::minutes(1);

  // By how much it was set since the last look, forward or (negative) back; nothing when it was not.
  [[nodiscard]] std::optional<Millis> look(TimePoint now, WallTime wall) {
    const std::optional<Moment> before = last_;
    last_ = Moment{now, wall};
    if (!before) return std::nullopt;
    const Millis jump = (wall - before->wall) - std::chrono::duration_cast<Millis>(now - before->now);
    if (jump <= tolerated && jump >= -tolerated) return std::nullopt;
    return jump;
  }

 private:
  struct Moment {
    TimePoint now;
    WallTime wall;
  };
  std::optional<Moment> last_;
};

}  // namespace leafgate
