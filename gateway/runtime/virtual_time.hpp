#pragma once

#include <set>

#include "gateway/runtime/clock.hpp"

namespace leafgate {

// What stands in for the clock on a thread whose Simulator lives. Only clock, sleep and simulator use it.
struct VirtualTime {
  TimePoint now;
  std::multiset<TimePoint> expiries;  // of everything that sleeps
};

// This thread's virtual time, null when its time is real.
[[nodiscard]] VirtualTime* virtual_time() noexcept;
void set_virtual_time(VirtualTime* time) noexcept;

// Keeps one sleeper's expiry known to the simulator of this thread, if there is one, for as long as it lives.
// TimePoint::max() means "until notified" and is no expiry.
class PendingExpiry {
 public:
  explicit PendingExpiry(TimePoint when) : time_(when == TimePoint::max() ? nullptr : virtual_time()) {
    if (time_ != nullptr) entry_ = time_->expiries.insert(when);
  }
  ~PendingExpiry() {
    if (time_ != nullptr) time_->expiries.erase(entry_);
  }
  PendingExpiry(const PendingExpiry&) = delete;
  PendingExpiry& operator=(const PendingExpiry&) = delete;

 private:
  VirtualTime* time_;
  std::multiset<TimePoint>::iterator entry_;
};

}  // namespace leafgate
