#pragma once

#include <algorithm>
#include <chrono>

#include "gateway/flows/clock_jumps.hpp"

namespace leafgate {

// A moment with the date it was given then. Told by the calendar of now: where that was set since, so that
// what has passed is as long as it was by the clock that nobody can set. Of a former run `at` is when this
// one learnt of it: it is no younger than that, else its date is all that is known.
struct Dated {
  WallTime date{};  // the epoch: it was not
  TimePoint at{};
  bool of_former_run = false;

  [[nodiscard]] WallTime told(TimePoint now, WallTime wall) const {
    if (date == WallTime{}) return date;
    const WallTime counted = wall - std::chrono::duration_cast<Millis>(now - at);
    if (of_former_run) return std::min(date, counted);
    const Millis set = counted - date;
    return set > ClockJumps::tolerated || set < -ClockJumps::tolerated ? counted : date;
  }
};

}  // namespace leafgate
