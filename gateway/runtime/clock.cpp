#include "gateway/runtime/clock.hpp"

#include <ctime>

#include "gateway/runtime/virtual_time.hpp"

namespace leafgate {
namespace {

thread_local VirtualTime* simulated = nullptr;

}  // namespace

VirtualTime* virtual_time() noexcept { return simulated; }
void set_virtual_time(VirtualTime* time) noexcept { simulated = time; }

LoopClock::time_point LoopClock::now() noexcept {
  if (simulated != nullptr) return simulated->now;
  timespec ts{};
  ::clock_gettime(CLOCK_BOOTTIME, &ts);
  return time_point(std::chrono::seconds(ts.tv_sec) + std::chrono::nanoseconds(ts.tv_nsec));
}

}  // namespace leafgate
