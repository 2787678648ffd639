#pragma once

#include <cstddef>

#include "adapters/serial/frame.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate::serial {

// How long things take on a line: eight data bits, no parity, one stop bit.
struct LineTiming {
  int baud = 115200;
  LoopClock::duration turn_round{0};  // silence before the gateway speaks behind a leaf

  [[nodiscard]] LoopClock::duration of(std::size_t octets) const {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(octets) * 10 * 1'000'000'000 / baud);
  }
  [[nodiscard]] LoopClock::duration longest_frame() const { return of(frame_overhead + most_payload); }
};

// Beyond the time of its frame: what a leaf may take to answer (leaf_link.cddl).
inline constexpr std::chrono::milliseconds answer_time{250};
inline constexpr int most_tries = 7;

}  // namespace leafgate::serial
