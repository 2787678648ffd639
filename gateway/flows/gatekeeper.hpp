#pragma once

#include <map>
#include <string>
#include <string_view>

#include "gateway/flows/denied.hpp"
#include "gateway/flows/held_leaves.hpp"
#include "gateway/flows/lru.hpp"
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

  void put_word(OperatorWord word) {
    std::string id = word.id;
    words_.insert_or_assign(std::move(id), std::move(word));
  }
  [[nodiscard]] const OperatorWord* word(std::string_view id) const {
    const auto found = words_.find(id);
    return found == words_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] std::size_t words() const { return words_.size(); }

  // Two places prove this id at the same time: held until an operator says that only one is left. Of the
  // latest 1,024.
  void contest(std::string_view id, std::string other_place) { contested_.put(id, std::move(other_place)); }
  [[nodiscard]] const std::string* contested(std::string_view id) const { return contested_.peek(id); }
  void settle(std::string_view id) { contested_.erase(id); }

  // Whether a leaf of this id (in lower case) that shows this credential, as Verdict names it, is kept out:
  // for forecasts. CAs above a certificate are not known here.
  [[nodiscard]] bool keeps_out(std::string_view id, std::string_view credential) const {
    const OperatorWord* said = word(id);
    const bool rejected =
        said != nullptr && !said->approved && (said->credential.empty() || said->credential == credential);
    return rejected || denied.denies_id(id) || denied.denies(DenyKind::endorsement_key, credential) ||
           denied.denies(DenyKind::certificate, credential);
  }

  // How often a copy or a swap was found, for figures.
  std::uint64_t alarms = 0;

 private:
  std::map<std::string, OperatorWord, std::less<>> words_;
  LruMap<std::string> contested_{1'024};
};

}  // namespace leafgate
