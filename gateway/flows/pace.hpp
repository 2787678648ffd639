#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "gateway/model/time.hpp"
#include "gateway/runtime/rate.hpp"

namespace leafgate {

// How fast registrations may go to the service: never above the ceiling; a 429 halves the pace and holds it
// back for as long as the service asked, as any Retry-After does; every quiet minute gives one thirtieth of
// the ceiling back, at least 1 a minute (semantics §4). Relays of what cannot be checked here take their
// turns from the same bucket, at most a fifth of them. No minute in which the service may count, wherever it
// begins, has more of them than the ceiling: what may go at once is part of it, and a second is left for
// those that are slower on their way than those behind them. Pure: time is passed in.
class Pace {
 public:
  explicit Pace(double ceiling_per_minute)
      : ceiling_(ceiling_per_minute),
        per_minute_(ceiling_per_minute),
        bucket_(per_second(), burst()),
        relays_(per_second() / relay_share, std::max(1.0, burst() / relay_share)) {}

  // How long until the next registration may go; zero when it may go now.
  [[nodiscard]] LoopClock::duration wait(TimePoint now) {
    recover(now);
    const TimePoint held_until = std::max(held_until_, asked_until_);
    if (now < held_until) return held_until - now;
    return bucket_.wait(now);
  }
  // Gives the number of this turn, from 1.
  std::uint64_t took(TimePoint now) {
    (void)bucket_.take(now);
    ++turns_;
    if (now != taken_at_) first_of_moment_ = turns_;
    taken_at_ = now;
    return turns_;
  }
  // Nothing was sent in that turn, once: it is the next one's. Where others have had theirs at a later moment
  // it is lost: they went by what came in meanwhile, which would count twice.
  void give_back(std::uint64_t turn) {
    if (turn >= first_of_moment_) bucket_.give_back();
  }

  // The same for a relay.
  [[nodiscard]] LoopClock::duration wait_for_relay(TimePoint now) {
    return std::max(wait(now), relays_.wait(now));
  }
  void took_relay(TimePoint now) {
    (void)took(now);
    (void)relays_.take(now);
  }

  // How long until `ahead` others and one more have gone, as far as that can be told now.
  [[nodiscard]] Millis expected(TimePoint now, std::size_t ahead) const {
    const std::chrono::duration<double> turns(static_cast<double>(ahead) / per_second());
    const Millis held = std::chrono::duration_cast<Millis>(
        std::max(std::max(held_until_, asked_until_) - now, LoopClock::duration{}));
    return held + std::chrono::duration_cast<Millis>(turns);
  }

  void throttled(TimePoint now, Millis retry_after) {
    // Those that were out together and come back together are one sign, not many.
    if (now >= held_until_) set(now, std::max(1.0, per_minute_ / 2));
    quiet_since_ = now;
    held_until_ = std::max(held_until_, now + retry_after);
  }

  // The service is in trouble and asked to be left in peace for so long: that is not about the pace.
  void hold(TimePoint now, Millis retry_after) { asked_until_ = std::max(asked_until_, now + retry_after); }

  // Another ceiling from now on. A pace that a 429 has slowed down stays slow.
  void set_ceiling(double per_minute) {
    if (per_minute == ceiling_) return;
    per_minute_ = per_minute_ < ceiling_ ? std::min(per_minute_, per_minute) : per_minute;
    ceiling_ = per_minute;
    bucket_ = TokenBucket(per_second(), burst());
    relays_ = TokenBucket(per_second() / relay_share, std::max(1.0, burst() / relay_share));
  }

  [[nodiscard]] double per_minute() const { return per_minute_; }

 private:
  static constexpr double relay_share = 5;

  // Enough to make up for a timer that fires late at high rates, one at a time at low ones.
  [[nodiscard]] double burst() const { return std::clamp(ceiling_ / 600, 1.0, 100.0); }

  [[nodiscard]] double per_second() const {
    constexpr double window = 61;  // the service's minute, and a second
    return per_minute_ * (ceiling_ - burst() + 1) / ceiling_ / window;
  }

  void recover(TimePoint now) {
    while (per_minute_ < ceiling_ && now - quiet_since_ >= std::chrono::minutes(1)) {
      set(now, std::min(ceiling_, per_minute_ + std::max(1.0, ceiling_ / 30)));
      quiet_since_ += std::chrono::minutes(1);
    }
  }

  void set(TimePoint now, double per_minute) {
    per_minute_ = per_minute;
    bucket_.set_rate(now, per_second());
    relays_.set_rate(now, per_second() / relay_share);
  }

  double ceiling_;
  double per_minute_;
  TokenBucket bucket_;
  TokenBucket relays_;
  std::uint64_t turns_ = 0;
  std::uint64_t first_of_moment_ = 1;  // of those that were taken when the last one was
  TimePoint taken_at_{};
  TimePoint quiet_since_{};
  TimePoint held_until_{};   // by a 429
  TimePoint asked_until_{};  // by other answers
};

}  // namespace leafgate
