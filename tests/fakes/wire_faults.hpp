#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>

#include "gateway/model/bytes.hpp"

namespace leafgate::serial {

// What goes wrong on a wire, each with its probability.
struct WireFaults {
  double bit_error = 0;   // of each bit
  double lost = 0;        // of each frame: all of it
  double lost_octet = 0;  // of each frame: one of its octets
  double twice = 0;       // of each frame
  double split = 0;       // of each frame: it comes in two pieces
  double held_back = 0;   // of each frame: it comes later, perhaps with the next one, perhaps too late
  bool echo = false;      // the gateway hears what it says
};

// Does it, as chance has it.
class Spoiler {
 public:
  Spoiler(const WireFaults& f, std::function<std::uint64_t()> random)
      : faults(f), random_(std::move(random)) {
    next_error();
  }

  const WireFaults faults;

  [[nodiscard]] bool happens(double probability) { return probability > 0 && chance() <= probability; }

  // What comes of a frame: perhaps nothing.
  void spoil(Bytes& octets) {
    if (happens(faults.lost)) return octets.clear();
    if (!octets.empty() && happens(faults.lost_octet))
      octets.erase(octets.begin() + static_cast<std::ptrdiff_t>(random_() % octets.size()));
    if (faults.bit_error <= 0) return;
    const std::uint64_t bits = octets.size() * 8;
    while (to_error_ < bits) {
      octets[to_error_ / 8] = static_cast<std::uint8_t>(octets[to_error_ / 8] ^ 1U << to_error_ % 8);
      ++errors;
      const std::uint64_t before = to_error_ + 1;
      next_error();
      to_error_ += before;
    }
    to_error_ -= bits;
  }

  std::uint64_t errors = 0;

 private:
  // In (0, 1].
  double chance() { return static_cast<double>((random_() >> 11U) + 1) * 0x1p-53; }
  // The distance to the next wrong bit, so that good ones cost nothing.
  void next_error() {
    if (faults.bit_error > 0)
      to_error_ = static_cast<std::uint64_t>(std::log(chance()) / std::log1p(-faults.bit_error));
  }

  std::function<std::uint64_t()> random_;
  std::uint64_t to_error_ = 0;
};

}  // namespace leafgate::serial
