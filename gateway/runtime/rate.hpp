#pragma once

#include <algorithm>
#include <chrono>

#include "gateway/runtime/clock.hpp"

namespace leafgate {

// A token bucket: `burst` at once, then `per_second`. Pure: time is passed in, and must not go back. Holds 32
// octets, so that one per source address is affordable.
class TokenBucket {
 public:
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // True when one token was there and is now taken.
  [[nodiscard]] bool take(TimePoint now) {
    refill(now);
    if (tokens_ < 1.0) return false;
    tokens_ -= 1.0;
    return true;
  }

  // What was taken was of no use.
  void give_back() { tokens_ = std::min(burst_, tokens_ + 1.0); }

  // How long until take() will succeed, zero when it would now; duration::max() when never.
  [[nodiscard]] LoopClock::duration wait(TimePoint now) {
    refill(now);
    if (tokens_ >= 1.0) return LoopClock::duration::zero();
    if (per_second_ <= 0.0 || burst_ < 1.0) return LoopClock::duration::max();
    const std::chrono::duration<double> seconds((1.0 - tokens_) / per_second_);
    // Rounded up: a caller that waits this long must find the token.
    return std::chrono::ceil<std::chrono::microseconds>(seconds) + std::chrono::microseconds(1);
  }

  // As if nothing had been taken for long: a bucket that may be forgotten.
  [[nodiscard]] bool is_full(TimePoint now) {
    refill(now);
    return tokens_ >= burst_;
  }

  // Slows down or speeds up from now on; what is in the bucket stays.
  void set_rate(TimePoint now, double per_second) {
    refill(now);
    per_second_ = per_second;
  }

 private:
  void refill(TimePoint now) {
    if (now > last_) {
      const std::chrono::duration<double> passed = now - last_;
      tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
      last_ = now;
    }
  }

  double per_second_;
  double burst_;
  double tokens_;
  TimePoint last_{};
};

}  // namespace leafgate
