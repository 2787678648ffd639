#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>

#include "gateway/model/time.hpp"
#include "gateway/runtime/rate.hpp"

namespace leafgate {

// How often the service's own API may be asked: one budget for all who ask it, because the instance counts
// them all and every site has a share alone (service.api_operations_per_minute). What was not used is kept
// for a minute, for pages of the list alone: a site's is here within a minute, and that minute may have twice
// the share. Of anything else no minute has more than the share, wherever it begins; a second is left for
// what is slower on its way. Of that half may go at once, so that a few are not kept waiting; then one after
// the other. First loop only.
class ApiPace {
 public:
  enum class Asks { page_of_list, other };

  explicit ApiPace(double per_minute)
      : per_minute_(per_minute),
        all_(per_minute / 60, std::max(1.0, per_minute)),
        one_by_one_(per_minute / seconds_of_window, 1) {}

  [[nodiscard]] bool take(TimePoint now, Asks what = Asks::other) {
    if (wait(now, what) > LoopClock::duration::zero()) return false;
    (void)all_.take(now);
    if (what == Asks::page_of_list) return true;
    (void)one_by_one_.take(now);
    others_.push_back(now);
    return true;
  }
  // How long until take() will succeed.
  [[nodiscard]] LoopClock::duration wait(TimePoint now, Asks what = Asks::other) {
    const auto all = now < held_until_ ? held_until_ - now : all_.wait(now);
    return what == Asks::page_of_list ? all : std::max(all, wait_for_window(now));
  }
  // The service said 429: nobody asks before.
  void throttled(TimePoint now, Millis retry_after) {
    held_until_ = std::max(held_until_, now + retry_after);
  }
  // On reload; what is saved up stays.
  void set(TimePoint now, double per_minute) {
    per_minute_ = per_minute;
    all_.set_rate(now, per_minute / 60);
    one_by_one_.set_rate(now, per_minute / seconds_of_window);
  }
  [[nodiscard]] double per_minute() const { return per_minute_; }

 private:
  static constexpr int seconds_of_window = 61;

  LoopClock::duration wait_for_window(TimePoint now) {
    const std::chrono::seconds window(seconds_of_window);
    while (!others_.empty() && now - others_.front() >= window) others_.pop_front();
    const auto most = static_cast<std::size_t>(std::max(1.0, per_minute_));
    if (others_.size() >= most) return others_[others_.size() - most] + window - now;
    return others_.size() < most / 2 ? LoopClock::duration::zero() : one_by_one_.wait(now);
  }

  double per_minute_;
  TokenBucket all_;
  TokenBucket one_by_one_;
  std::deque<TimePoint> others_;  // when they were asked, within the window
  TimePoint held_until_{};
};

}  // namespace leafgate
