#pragma once

#include <cstddef>
#include <vector>

#include "adapters/serial/frame_body.hpp"

namespace leafgate::serial {

// Finds the leaves that are not muted by asking for ever longer beginnings of their UIDs. Pure: says what to
// ask next, and is told what was heard. The whole line is asked again until it gives none, so that a
// leaf that was drowned by another is found in the same pass.
class Discovery {
 public:
  void begin();
  [[nodiscard]] bool is_under_way() const { return !left_.empty(); }
  // What to ask while it is under way.
  [[nodiscard]] const Prefix& next() const { return left_.back(); }
  // What that gave: leaves that were read (and muted since), and whether more was said than could be read.
  void heard(std::size_t leaves, bool garbled);
  void end() { left_.clear(); }
  // Whether a whole UID was answered by more than can be read: two leaves have it, or the line is noisy.
  [[nodiscard]] bool is_unclear() const { return is_unclear_; }

 private:
  std::vector<Prefix> left_;  // the last one is next
  int rounds_ = 0;
  std::size_t probes_ = 0;
  bool gained_ = false;  // a leaf in this round: it is worth another one
  bool is_unclear_ = false;
};

}  // namespace leafgate::serial
