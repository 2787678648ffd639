#pragma once

#include <algorithm>

#include "gateway/model/time.hpp"
#include "gateway/runtime/rate.hpp"

namespace leafgate {

// How often the service's own API may be asked: one budget for all who ask it, because the instance counts
// them all and every site has a share alone (service.api_operations_per_minute). What was not used is kept
// for a minute, so that a short list is read at once. First loop only.
class ApiPace {
 public:
  explicit ApiPace(double per_minute)
      : per_minute_(per_minute), bucket_(per_minute / 60, std::max(1.0, per_minute)) {}

  [[nodiscard]] bool take(TimePoint now) { return now >= held_until_ && bucket_.take(now); }
  // How long until take() will succeed.
  [[nodiscard]] LoopClock::duration wait(TimePoint now) {
    return now < held_until_ ? held_until_ - now : bucket_.wait(now);
  }
  // The service said 429: nobody asks before.
  void throttled(TimePoint now, Millis retry_after) {
    held_until_ = std::max(held_until_, now + retry_after);
  }
  // On reload; what is saved up stays.
  void set(TimePoint now, double per_minute) {
    per_minute_ = per_minute;
    bucket_.set_rate(now, per_minute / 60);
  }
  [[nodiscard]] double per_minute() const { return per_minute_; }

 private:
  double per_minute_;
  TokenBucket bucket_;
  TimePoint held_until_{};
};

}  // namespace leafgate
