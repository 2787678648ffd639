#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "gateway/ports/clock.hpp"

namespace leafgate {

// Calendar time of the system and what it is worth: synced while the time service's marker file is there,
// plausible while it is not before the floor, else unsynced (semantics §5). The marker is looked for every
// few seconds only. Any thread.
class SystemClock : public WallClock {
 public:
  // `floor`: a moment that has certainly passed: when this program was built, or the latest trusted time
  // stored.
  SystemClock(std::string synchronized_file, WallTime floor);

  [[nodiscard]] WallReading now() const override;
  void raise_floor(WallTime floor);
  // The time service vouches for this moment. Of two of its words the newer counts: a floor that a wrong one
  // has put into the future must not make every later start doubt the right time.
  void was_synced(WallTime at);
  [[nodiscard]] WallTime floor() const { return WallTime(Millis(floor_.load(std::memory_order_relaxed))); }

  // When this program was built.
  [[nodiscard]] static WallTime build_time();

 private:
  [[nodiscard]] bool marker_is_there() const;

  std::string synchronized_file_;
  WallTime earliest_;
  std::atomic<std::int64_t> floor_;
  mutable std::atomic<std::int64_t> looked_at_{0};  // nanoseconds of the loop clock
  mutable std::atomic<bool> marker_{false};
};

}  // namespace leafgate
