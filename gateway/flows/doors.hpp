#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/flows/log_budget.hpp"
#include "gateway/flows/lru.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/events.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/sources.hpp"

namespace leafgate {

// What the doors saw of sources that named no enrolled id: 256 sources (of IPv6 the /64), 8 different notes
// each, in memory only (semantics §4). Half of the room is for sources that failed again after a while: a
// leaf set up wrongly comes for days, and a crowd of addresses that knock once must not push it out. note()
// may be called from any loop; the rest on the first loop.
class Doors : public Journal {
 public:
  Doors(Executor first_loop, WallClock& clock) : first_loop_(first_loop), clock_(clock) {}

  void note(DoorEvent event) override;
  void vouched(const Source& source, const RegistrationId& id) override;
  // Who is told what counts against an address; outlives this. Before anything is noted.
  void report_to(Sources& sources) { sources_ = &sources; }
  // Who watches; outlives this. Hears no more of a flood than the log.
  void tell_to(EventSink& events) { events_ = &events; }

  [[nodiscard]] std::optional<StrangerRow> of_address(const std::string& address) const;
  // Everything any source did under this registrationId.
  [[nodiscard]] std::vector<AttemptNote> of_claimed_id(const RegistrationId& id) const;
  [[nodiscard]] std::vector<StrangerRow> all() const;  // latest first
  // Everything that was done under some registrationId; never both here and among the notes of a leaf.
  struct Claim {
    std::string claimed_id;  // lower case
    AttemptNote note;
  };
  [[nodiscard]] std::vector<Claim> claims() const;

 private:
  static constexpr std::size_t sources_kept = 128;  // of each kind
  struct Seen {
    AttemptNote note;
    std::string claimed_id;  // lower case
    bool told = false;       // stands among the notes of its leaf
  };
  struct Stranger {
    std::vector<Seen> seen;
    std::uint64_t events = 0;
    TimePoint first{};
  };
  void keep(DoorEvent event);
  void report(const DoorEvent& event);
  void tell(const Seen& seen);
  Stranger& stranger(const std::string& key, TimePoint now);
  [[nodiscard]] const Stranger* find(const std::string& key) const;
  static bool same_thing(const Seen& a, const Seen& b);
  static StrangerRow row(const std::string& address, const Stranger& stranger);

  Executor first_loop_;
  WallClock& clock_;
  Sources* sources_ = nullptr;
  EventSink* events_ = nullptr;
  LogBudget log_;
  LruMap<Stranger> new_{sources_kept};
  LruMap<Stranger> standing_{sources_kept};
};

}  // namespace leafgate
