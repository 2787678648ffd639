#include "gateway/app/system_clock.hpp"

#include <algorithm>

#include <unistd.h>

#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/wall_time.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::seconds look_every{5};

}  // namespace

SystemClock::SystemClock(std::string synchronized_file, WallTime floor)
    : synchronized_file_(std::move(synchronized_file)),
      earliest_(floor),
      floor_(floor.time_since_epoch().count()) {}

WallReading SystemClock::now() const {
  const WallTime at = system_wall_time();
  if (marker_is_there()) return {at, ClockQuality::synced};
  const bool before_floor = at.time_since_epoch().count() < floor_.load(std::memory_order_relaxed);
  return {at, before_floor ? ClockQuality::unsynced : ClockQuality::plausible};
}

void SystemClock::raise_floor(WallTime floor) {
  const std::int64_t value = floor.time_since_epoch().count();
  if (value > floor_.load(std::memory_order_relaxed)) floor_.store(value, std::memory_order_relaxed);
}

void SystemClock::was_synced(WallTime at) {
  floor_.store(std::max(at, earliest_).time_since_epoch().count(), std::memory_order_relaxed);
}

bool SystemClock::marker_is_there() const {
  if (synchronized_file_.empty()) return false;
  const std::int64_t now = LoopClock::now().time_since_epoch().count();
  const std::int64_t looked = looked_at_.load(std::memory_order_relaxed);
  if (looked == 0 || now - looked > std::chrono::nanoseconds(look_every).count()) {
    looked_at_.store(now, std::memory_order_relaxed);
    marker_.store(::access(synchronized_file_.c_str(), F_OK) == 0, std::memory_order_relaxed);
  }
  return marker_.load(std::memory_order_relaxed);
}

WallTime SystemClock::build_time() { return WallTime(std::chrono::seconds(LEAFGATE_BUILD_TIME)); }

}  // namespace leafgate
