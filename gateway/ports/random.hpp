#pragma once

#include <cstdint>
#include <span>

namespace leafgate {

// Outward: unpredictable octets; a seeded generator in simulation. Any thread.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  // A number in [0, bound), bound > 0; bias below 2^-32.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);
};

}  // namespace leafgate
