#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/flows/denied.hpp"
#include "gateway/flows/held_leaves.hpp"
#include "gateway/flows/open_connections.hpp"

namespace leafgate {

// What is known of who may come in beside its proof: deny lists, operators' words, leaves that are held. All
// of it in memory; what must outlive a restart is written by DenyDesk first. First loop only.
class Gatekeeper {
 public:
  static constexpr std::size_t most_words = 20'000;

  explicit Gatekeeper(const WallClock& clock) : denied(clock) {}

  Denied denied;
  OpenConnections connections;
  HeldLeaves held;

  void put_word(OperatorWord word) { denied.put_word(std::move(word)); }
  [[nodiscard]] const OperatorWord* word(std::string_view id) const { return denied.word(id); }
  [[nodiscard]] std::size_t words() const { return denied.words(); }
  // Kept in memory; write_contest() is to follow.
  void contest(std::string_view id, std::string other_place) {
    if (denied.contest(id, std::move(other_place))) unwritten_.emplace(id);
  }
  [[nodiscard]] const Contest* contested(std::string_view id) const { return denied.contested(id); }
  void settle(std::string_view id) {
    denied.settle(id);
    if (const auto found = unwritten_.find(id); found != unwritten_.end()) unwritten_.erase(found);
  }
  // Whether a contest about it is not on disk yet; and puts it there by the hook. What the disk refuses
  // counts in memory, and is tried again when the leaf comes again.
  [[nodiscard]] bool is_unwritten(std::string_view id) const { return unwritten_.contains(id); }
  Task<void> write_contest(std::string id);
  void on_contest(std::function<Task<Result<void>>(Contest)> write) { write_ = std::move(write); }
  // How many wait for an operator, for this reason; and since when.
  [[nodiscard]] std::size_t held_for(Reason reason) const;
  [[nodiscard]] WallTime held_since(Reason reason) const;
  [[nodiscard]] bool keeps_out(std::string_view id, std::string_view credential) const {
    return denied.keeps_out(id, credential);
  }

  // How often a copy or a swap was found, for figures.
  std::uint64_t alarms = 0;

 private:
  std::set<std::string, std::less<>> unwritten_;
  std::function<Task<Result<void>>(Contest)> write_;
};

}  // namespace leafgate
