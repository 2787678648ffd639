#pragma once

#include <cstdint>
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
  void contest(std::string_view id, std::string other_place) { denied.contest(id, std::move(other_place)); }
  [[nodiscard]] const std::string* contested(std::string_view id) const { return denied.contested(id); }
  void settle(std::string_view id) { denied.settle(id); }
  [[nodiscard]] bool keeps_out(std::string_view id, std::string_view credential) const {
    return denied.keeps_out(id, credential);
  }

  // How often a copy or a swap was found, for figures.
  std::uint64_t alarms = 0;
};

}  // namespace leafgate
