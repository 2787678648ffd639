#pragma once

#include <cstddef>

#include "adapters/serial/line_timing.hpp"

namespace leafgate::serial {

// Tells a line on which something talks unasked from one that only has faults. Pure. Either of two signs will
// do: talk that does not pause and has no answer of ours in it, for as long as two of the longest frames
// (1.2 s at most, at rates where one frame fits into that); or, within a second and a half, more octets that
// no question can have caused than a quarter of what the line can carry, and than twice the answers.
class Babble {
 public:
  explicit Babble(const LineTiming& timing);

  // A question was put: an answer to it, even a garbled or a double one, is no babble.
  void asked();
  void heard(TimePoint now, std::size_t octets);
  // Of what was heard last, so many octets were an answer, or our own echo.
  void sound(std::size_t octets);
  [[nodiscard]] bool is_babbling() const { return babbling_; }

 private:
  const LoopClock::duration pause_;
  const LoopClock::duration longest_talk_;
  const std::size_t most_unasked_;
  std::size_t credit_ = 0;
  TimePoint last_{};
  TimePoint talk_begin_{};
  TimePoint window_begin_{};
  std::size_t unasked_ = 0;
  std::size_t sound_ = 0;
  bool babbling_ = false;
};

}  // namespace leafgate::serial
