#pragma once

#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// The hours meter: powered time as stored at the last start, plus what has run since. What is stored runs
// ahead (app/housekeeping.hpp): a run that the power ended counts for longer than it was, not for less.
class PoweredMeter {
 public:
  explicit PoweredMeter(PoweredTime at_start) : at_start_(at_start), started_(LoopClock::now()) {}

  [[nodiscard]] PoweredTime now() const {
    return at_start_ + std::chrono::duration_cast<Millis>(LoopClock::now() - started_);
  }
  [[nodiscard]] Millis since_start() const { return now() - at_start_; }

 private:
  PoweredTime at_start_;
  TimePoint started_;
};

}  // namespace leafgate
