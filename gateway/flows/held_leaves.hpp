#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "gateway/ports/deny_operator.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// The leaves that wait for an operator, in memory and bounded: by registrationId, source and what is
// shown. Nobody pushes
// out what another source has: where there is no room a leaf is held all the same, only not listed. First
// loop only.
class HeldLeaves {
 public:
  static constexpr std::size_t most = 1'024;
  static constexpr std::size_t most_of_a_source = 32;
  static constexpr std::chrono::hours kept{24};  // after it was heard last; where there is no room, an hour

  // True when it was not held so before.
  bool note(const HeldLeaf& leaf, TimePoint now);
  // An operator has decided about it.
  void forget(std::string_view registration_key);
  // It is not held any more, with what it shows now: what else comes with this id from there is still.
  void settled(std::string_view registration_key, std::string_view address, std::string_view fingerprint);

  [[nodiscard]] std::vector<HeldLeaf> all(TimePoint now);  // longest first
  [[nodiscard]] std::vector<HeldLeaf> of(std::string_view registration_key) const;
  [[nodiscard]] std::size_t size() const { return leaves_.size(); }
  // Of these not_listed() found no room since the start.
  [[nodiscard]] std::uint64_t not_listed() const { return not_listed_; }
  // Of ids: one may come from several places, and show several things.
  [[nodiscard]] std::size_t count(Reason reason) const;
  [[nodiscard]] WallTime since(Reason reason) const;  // the first of them

 private:
  struct Entry {
    HeldLeaf leaf;
    std::string owner;
    TimePoint last{};
  };
  void forget_the_gone(TimePoint now, std::chrono::hours after);
  void erase(std::map<std::string, Entry>::iterator at);

  std::map<std::string, Entry> leaves_;  // by id, source and fingerprint
  std::map<std::string, std::size_t> held_by_;
  std::uint64_t not_listed_ = 0;
  TimePoint look_again_{};
};

}  // namespace leafgate
