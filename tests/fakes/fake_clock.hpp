#pragma once

#include "gateway/ports/clock.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// Calendar time that runs with the loop's clock, from a day of the test's choosing.
class FakeClock : public WallClock {
 public:
  ClockQuality quality = ClockQuality::synced;
  WallTime start{std::chrono::hours(497'000)};  // in September 2026

  [[nodiscard]] WallReading now() const override {
    return {start + std::chrono::duration_cast<Millis>(LoopClock::now() - began_), quality};
  }

 private:
  TimePoint began_ = LoopClock::now();
};

}  // namespace leafgate
