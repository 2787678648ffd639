#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace leafgate {

// How long to wait before the next try: decorrelated jitter, min(cap, U(base, 3 * previous)). Spreads callers
// that failed together. Pure but for the given source of chance.
class Backoff {
 public:
  using Delay = std::chrono::milliseconds;

  // `random` gives 64 uniform bits.
  Backoff(Delay base, Delay cap, std::function<std::uint64_t()> random)
      : base_(base), cap_(std::max(base, cap)), previous_(base), random_(std::move(random)) {}

  [[nodiscard]] Delay next() {
    const auto span = static_cast<std::uint64_t>((3 * previous_ - base_).count()) + 1;
    const auto drawn = static_cast<Delay::rep>(random_() % span);
    previous_ = std::min(cap_, base_ + Delay(drawn));
    return previous_;
  }

  void reset() { previous_ = base_; }  // after a success

 private:
  Delay base_;
  Delay cap_;
  Delay previous_;
  std::function<std::uint64_t()> random_;
};

}  // namespace leafgate
