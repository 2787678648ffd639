#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/flows/lru.hpp"
#include "gateway/ports/presence.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// Which connection proved an id last. A newer one with a good proof ends the older: of one that is half dead
// the leaf itself knows nothing any more. Costs about 120 octets a connection. First loop only.
class Takeovers {
 public:
  static constexpr unsigned many = 3;  // within a minute: above, two devices carry one id

  struct Claim {
    bool stands = true;        // false: this connection was itself taken over, nothing it asks counts
    bool took_over = false;    // another connection was ended
    std::string from;          // its source address
    unsigned in_a_minute = 0;  // how many connections of this id were ended so
    // Within a minute it came back to places again and again that it had been thrown out of from another one:
    // a leaf that moves does not return, one whose connection is half dead comes from where it was.
    bool two_places = false;
  };

  // `mine` may be null: then nothing is claimed.
  [[nodiscard]] Claim claim(const std::string& id, const std::shared_ptr<Presence>& mine,
                            const std::string& address, TimePoint now);

  [[nodiscard]] std::size_t size() const { return holders_.size(); }

 private:
  struct Holder {
    std::weak_ptr<Presence> presence;
    std::string address;
  };
  struct Recent {
    TimePoint since{};
    unsigned count = 0;
    unsigned returns = 0;
    std::vector<std::string> places;  // a few
  };
  static void note_move(Recent& recent, const std::string& from, const std::string& to);
  void forget_the_gone();

  std::unordered_map<std::string, Holder> holders_;
  std::size_t next_look_ = 1'024;  // entries at which those whose connection has ended are removed
  LruMap<Recent> recent_{1'024};
};

}  // namespace leafgate
