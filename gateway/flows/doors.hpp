#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/flows/lru.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/ports/operator.hpp"

namespace leafgate {

// What the doors saw of sources that named no enrolled id: 256 sources, 8 notes each, in memory only
// (semantics §4). note() may be called from any loop; the rest on the first loop.
class Doors : public Journal {
 public:
  Doors(Executor first_loop, WallClock& clock)
      : first_loop_(first_loop), clock_(clock), sources_(sources_kept) {}

  void note(DoorEvent event) override;

  [[nodiscard]] std::optional<StrangerRow> of_address(const std::string& address);
  // Everything any source did under this registrationId.
  [[nodiscard]] std::vector<AttemptNote> of_claimed_id(const RegistrationId& id) const;
  [[nodiscard]] std::vector<StrangerRow> all() const;  // latest first

 private:
  static constexpr std::size_t sources_kept = 256;
  struct Seen {
    AttemptNote note;
    std::string claimed_id;  // lower case
  };
  struct Stranger {
    std::vector<Seen> seen;
    std::uint64_t events = 0;
  };
  void keep(DoorEvent event);
  static StrangerRow row(const std::string& address, const Stranger& stranger);

  Executor first_loop_;
  WallClock& clock_;
  LruMap<Stranger> sources_;
};

}  // namespace leafgate
