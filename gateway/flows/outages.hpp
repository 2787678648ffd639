#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "gateway/flows/meter.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/link.hpp"
#include "gateway/ports/reconciliations.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

class Forwarder;

// Follows the service's going and coming back, and what was promised to leaves meanwhile until they have
// heard what came of it (semantics §5). What is promised by the outbox is settled with it, in its
// transactions; here is what hangs on the leaves themselves. Holds the keys of leaves that are concerned.
// First loop only.
class Outages {
 public:
  Outages(Executor first_loop, Reconciliations& store, const WallClock& clock, const PoweredMeter& meter)
      : first_loop_(first_loop), store_(store), clock_(clock), meter_(meter), wakeup_(first_loop) {}

  // What the last run left. Before run().
  Task<Result<void>> load();
  // Until stop(); returns when nothing is written any more. An outage that was open at the start has the
  // service looked for.
  Task<void> run(Forwarder& forwarder);
  void stop();

  // The state of the way to the service; `heard`: something was heard of it just now.
  void link_is(const LinkState& link, bool heard);
  // Something of the leaf went into the outbox while the service was away; `gather` where that was decided
  // before anybody knew so.
  void promised(const std::string& registration_key, bool gather);
  // An X.509 leaf that only its own connection can settle, once in each time without the service; durable
  // when this returns, unless the store refused or has no room: then it is so again when the leaf comes
  // again, and not before some minutes.
  Task<void> needs_the_leaf(RegistrationId id);
  // An open promise of it meets trouble.
  Task<void> object(std::string registration_key, Reason why);
  // Its own connection went through to the service.
  Task<void> passed(std::string registration_key);
  // It was given the end of what it asked for.
  void heard_by(const std::string& registration_key);
  // It came and is kept out, for this reason: nobody need send for it. `told`: who heard so was this leaf.
  void keeps_out(const std::string& registration_key, Reason why, bool told);
  // An operator took back what was promised to it, or cleared promises: who comes again is noted again.
  void taken_back(const std::string& registration_key);
  Task<Result<void>> cleared();

  // For figures, of now. Errors: the store's.
  Task<Result<PromiseCounts>> counts() { return store_.counts(); }
  [[nodiscard]] bool lasts() const { return open_; }  // an outage
  // Its beginning in an earlier run, where that is known and the service was not heard since the start.
  [[nodiscard]] std::optional<WallTime> goes_on_since() const { return heard_ ? std::nullopt : left_since_; }

 private:
  Task<Result<void>> load_concerned();
  Task<void> follow();
  [[nodiscard]] OutageMoment now() const;
  Task<void> mark_told(std::string registration_key);
  Task<void> refuse(std::string registration_key, Reason why, bool told);

  Executor first_loop_;
  Reconciliations& store_;
  const WallClock& clock_;
  const PoweredMeter& meter_;
  Wakeup wakeup_;
  // An open promise, or one whose end they have to hear; and in which reading of the store that was found.
  std::unordered_map<std::string, std::uint64_t> concerned_;
  std::uint64_t reading_ = 0;
  std::unordered_set<std::string> noted_;  // as leaves that must come themselves, since it went away last
  bool open_ = false;                      // an outage, in the store
  std::optional<WallTime> left_since_;     // the beginning of one that the last run left open
  bool gathered_ = false;                  // in it what waits in the outbox
  bool away_ = false;                      // the service
  bool heard_ = false;                     // of it, since the start
  Reason why_ = Reason::none;
  OutageMoment since_;
  TimePoint room_again_{};  // for leaves that must come themselves: until then the store is not asked
  bool stopping_ = false;
  int writing_ = 0;  // marks that are under way
};

}  // namespace leafgate
