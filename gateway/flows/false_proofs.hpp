#pragma once

#include <cstddef>
#include <string_view>

#include "gateway/flows/lru.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// Counts false proofs per (source, claimed id), never per id: three wrong tokens from anywhere must not lock
// a leaf out. A held pair is still listened to, because a right proof is always heard; its false ones only
// cost their answer: no log line, and the connection ends behind it. Time is passed in and must not go back.
class FalseProofs {
 public:
  struct Limits {
    unsigned before_hold = 3;
    std::chrono::seconds first_hold{60};
    std::chrono::seconds longest_hold{600};
    std::chrono::seconds forgotten_after{600};  // without a false proof since the hold ended
    std::size_t pairs = 16'384;                 // the one not heard of longest goes first
  };

  FalseProofs() : FalseProofs(Limits{}) {}
  explicit FalseProofs(const Limits& limits) : limits_(limits), pairs_(limits.pairs) {}

  // One more. True when the pair is held already; the one that begins a hold is still told in full.
  [[nodiscard]] bool failed(std::string_view source, std::string_view claimed_id, TimePoint now);
  [[nodiscard]] bool holds(std::string_view source, std::string_view claimed_id, TimePoint now) const;
  // Whether something is remembered against the pair.
  [[nodiscard]] bool doubts(std::string_view source, std::string_view claimed_id, TimePoint now) const;
  // Its proof was right this time: nothing is held against the pair.
  void proved(std::string_view source, std::string_view id);

  [[nodiscard]] std::size_t size() const { return pairs_.size(); }

 private:
  struct Pair {
    unsigned failures = 0;
    LoopClock::duration hold{};
    TimePoint last{};
    TimePoint held_until{};
  };

  Limits limits_;
  LruMap<Pair> pairs_;
};

}  // namespace leafgate
