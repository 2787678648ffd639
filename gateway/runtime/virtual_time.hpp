#pragma once

#include <map>

#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// What stands in for the clock on a thread whose Simulator lives. Only clock, sleep and simulator use it.
struct VirtualTime {
  TimePoint now;
  std::multimap<TimePoint, Timer*> sleepers;  // by when their time comes; those of one moment as they came
};

// This thread's virtual time, null when its time is real.
[[nodiscard]] VirtualTime* virtual_time() noexcept;
void set_virtual_time(VirtualTime* time) noexcept;

// Sets the timer of one sleeper, or in virtual time keeps it known to the simulator of this thread for as
// long as this lives: the timer then never comes due by itself, it is cancelled when its time comes. Whoever
// sleeps looks at the clock in either case. TimePoint::max() means "until notified" and is no expiry.
class PendingExpiry {
 public:
  PendingExpiry(TimePoint when, Timer& timer) : time_(virtual_time()) {
    timer.expires_at(time_ == nullptr ? when : TimePoint::max());
    if (when == TimePoint::max()) time_ = nullptr;
    if (time_ != nullptr) entry_ = time_->sleepers.emplace(when, &timer);
  }
  ~PendingExpiry() {
    if (time_ != nullptr) time_->sleepers.erase(entry_);
  }
  PendingExpiry(const PendingExpiry&) = delete;
  PendingExpiry& operator=(const PendingExpiry&) = delete;

 private:
  VirtualTime* time_;
  std::multimap<TimePoint, Timer*>::iterator entry_;
};

}  // namespace leafgate
