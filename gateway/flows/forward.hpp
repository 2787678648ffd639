#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/flows/derivations.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/lane.hpp"
#include "gateway/flows/ledger.hpp"
#include "gateway/flows/lru.hpp"
#include "gateway/flows/meter.hpp"
#include "gateway/flows/open_operations.hpp"
#include "gateway/flows/pace.hpp"
#include "gateway/flows/service_verdict.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/delegated_service.hpp"
#include "gateway/ports/events.hpp"
#include "gateway/ports/link.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/trust.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

struct ForwardOptions {
  double registrations_per_minute = 30;
  std::size_t most_in_flight = 1024;  // operations between their PUT and their end
  std::vector<std::string> hub_suffixes;
  Millis look_every = std::chrono::minutes(1);  // at the way to the service while nothing is heard of it
};

class Gatekeeper;
class Outages;
class Passes;
class UntimedProofs;

// What the forwarder stands on. All outlive it.
struct ForwardPorts {
  Registrations& registrations;
  Ledger& ledger;
  ProvisioningService& service;
  Trust& trust;
  WallClock& clock;
  Random& random;
  PoweredMeter& meter;
  EventSink* events = nullptr;  // those who watch
  // Who lets leaves through to the service and to hubs: told whether the service can be reached, and which
  // hubs leaves were given. Null: nothing is passed through.
  Passes* passes = nullptr;
  Derivations* derivations = nullptr;     // of group keys in the TPM; null: there are none
  DelegatedService* delegated = nullptr;  // for leaves that sign for it; null: none can
  UntimedProofs* untimed = nullptr;  // what was taken while the time is unknown; null: not looked at again
  Gatekeeper* gatekeeper = nullptr;  // who is kept out; null: nobody is
  Outages* outages = nullptr;        // who keeps what was promised while the service was away
};

// Carries the outbox to the service: paced, oldest first, each result stored in the transaction that deletes
// its row. Trouble of the service or of the way to it never reaches a leaf; it shows as the state of the link
// (semantics §4). First loop only.
class Forwarder : public Link {
 public:
  Forwarder(Executor loop, ForwardPorts ports, ForwardOptions options, IdScope id_scope);

  // Reads what the last run left in the outbox. Before run().
  Task<Result<void>> load();
  // Until stop(): picks, paces, starts. Returns when every operation in flight has ended or parked.
  Task<void> run();
  void stop();

  [[nodiscard]] LinkState state() const override {
    return lane_.told(LoopClock::now(), ports_.clock.now().at);
  }
  [[nodiscard]] OpenOperations& operations() { return operations_; }
  // An operation became ready, or its class rose.
  void wake() { wakeup_.notify(); }
  // How long until this operation is settled, as far as that can be told: by its place and the pace, and
  // while the service is away as long again as it has been.
  [[nodiscard]] Millis expected_wait(const OpenOperation& operation) const;
  // What stepped back for this reason may go now.
  void go_on_after(Reason reason);
  // Since when the service cannot be used; zero while it can.
  [[nodiscard]] Millis away() const;
  // On reload. What is under way goes on.
  void set_options(ForwardOptions options);
  // Puts an attempt into the outbox, and only then into the open operation it names: what a full disk refused
  // must not be taken for what is asked of the service. Several may wait here; the store commits them in the
  // order they came. Errors: the store's; an operation opened for attempts that all failed is closed again.
  Task<Result<void>> commit(OutboxRow row, std::vector<AttemptNote> notes);
  // The same with what its leaf is told ahead of the service, in one transaction. Gives the sequence of the
  // receipt.
  Task<Result<std::int64_t>> promise(OutboxRow row, Registration told, std::vector<AttemptNote> notes,
                                     Receipt receipt);
  // Asks the service again about a leaf that was answered from a stale cache. Nothing durable.
  void refresh(const RegistrationId& id, RegistrationRequest request, const Assignment& assignment);

  // Waits for the turn of a live relay: behind verified leaves, before refreshes, at most a fifth of the
  // pace. Then exactly one registration may go. The lowest `place` goes first, and who comes back with its
  // place has lost nothing. False when `until` came first, the service is down, or stop().
  Task<bool> relay_turn(std::uint64_t place, TimePoint until);
  // A relay got 429: everybody slows down, for so long at least.
  void relay_throttled(Millis retry_after) { pace_.throttled(LoopClock::now(), retry_after); }
  // The service told a relay that it is in trouble, and when to come again: everybody waits so long.
  void relay_asked_to_wait(Millis retry_after) { pace_.hold(LoopClock::now(), retry_after); }
  // A relay got this answer. That the way is open or shut is everybody's; a refusal, a fault or an answer
  // that makes no sense may be this relay's own, which nothing here vouches for: it tells nothing of anybody.
  void relay_heard(const ServiceVerdict& verdict);
  // A leaf that was passed through has heard nothing of the service. Tells nothing of anybody by itself: the
  // way is looked at by an empty connection, unless that was done within half a minute or it is known to be
  // shut. Nothing waits for it.
  void doubt();
  // What the service means by an answer about `id`.
  [[nodiscard]] ServiceVerdict judge(const Result<ServiceAnswer>& answer, const RegistrationId& id) const {
    return judge_service(answer, id, options_.hub_suffixes);
  }

  // What an operator may do to one leaf (semantics §3, the third knock by hand).
  // Asks the service about it now, with the key held here; joins an operation that is open and ends its
  // waiting. Errors: not_found (never registered here, or no key to ask with), refused (disabled, kept out),
  // unsupported (it registers with a payload, which only the leaf has), the store's.
  Task<Result<void>> ask_again(RegistrationId id);
  // Forgets its assignment, its outcome and what is open; an answer that is on its way brings nothing back.
  // False when nothing was known of it.
  Task<Result<bool>> forget(RegistrationId id);
  // Ends what is open; the leaf's next poll is told that the operation is not known, and it registers anew.
  // False when nothing was open.
  Task<Result<bool>> drop(RegistrationId id);
  // The same where no operator did it; what was promised by it ends refused for this reason.
  Task<Result<bool>> drop_as(RegistrationId id, Reason why);
  // Ends what is open of a leaf that was denied or rejected: its operation is refused, in the store too, and
  // an answer that is on its way brings nothing. False when nothing was open, or the leaf has asked for
  // something else meanwhile, which is looked at before it is sent.
  Task<bool> refuse_denied(RegistrationId id);
  // Ends the waiting of what stepped back. False when nothing waited.
  bool retry_now(std::string_view key);

  [[nodiscard]] std::uint64_t sent() const { return lane_.sent(); }
  // Of those how many the service has answered.
  [[nodiscard]] std::uint64_t arrived() const { return arrived_; }
  [[nodiscard]] std::size_t in_flight() const { return in_flight_; }
  [[nodiscard]] const std::string& last_trouble() const { return last_trouble_; }
  [[nodiscard]] double pace_per_minute() const { return pace_.per_minute(); }

 private:
  struct Voucher {  // the enrollment a leaf is asked for by
    std::string enrollment_id;
    std::string etag;
    std::vector<HeldKey> keys;
  };
  struct Sent {  // one try
    Sent(OutboxRow r, std::uint32_t rev, bool is_probe) : row(std::move(r)), revision(rev), probe(is_probe) {}
    OutboxRow row;
    std::uint32_t revision;
    bool probe;  // the one that is out while the lane lets through one at a time
    std::string token;
    std::uint64_t turn = 0;    // Pace::took(); 0: it is not given back
    std::uint64_t number = 0;  // Lane::send()
    bool refused_before = false;
  };
  struct RelayTurn {
    RelayTurn(Executor loop, std::uint64_t p) : wakeup(loop), place(p) {}
    Wakeup wakeup;
    std::uint64_t place;
    bool granted = false;
  };

  void committing(const OutboxRow& row);
  void committed(OutboxRow row, std::optional<std::int64_t> sequence);
  Task<Result<bool>> let_go(RegistrationId id, PromiseEnd end, std::optional<AttemptNote> why);
  Task<void> object(const OutboxRow& row, Reason why);
  TimePoint step(TimePoint now);  // starts what may start; gives when to look again
  std::optional<TimePoint> grant_relay(TimePoint now, const OpenOperation* next);
  void start(OpenOperation& operation, std::uint64_t turn);
  void restore(const OpenOperation& operation);
  Task<void> probe();
  TimePoint look_after_silence(TimePoint now);
  void look();
  Task<void> look_at_the_way();
  Task<void> carry(Sent sent);
  Task<Result<void>> prepare(Sent& sent);
  Task<Result<std::string>> mint(const OutboxRow& row);
  Task<Result<Voucher>> voucher(RegistrationId id, std::string enrollment_id, std::string credential);
  Task<void> converse(Sent& sent);
  Task<void> finish(Sent& sent, ServiceVerdict verdict, Result<ServiceAnswer> answer);
  [[nodiscard]] Result<void> may_go(const OutboxRow& row) const;
  Task<bool> end_here(const Sent& sent, const Error& why);
  Task<void> settle(const Sent& sent, Registration registration, AttemptNote note, Ruling ruling);
  Task<bool> pause(Millis duration);  // false when stopped meanwhile

  void hear(const Sent& sent, const ServiceVerdict& verdict);
  void follow(Lane::Turn turn, const std::string& detail);
  [[nodiscard]] Lane::Moment moment() const;
  bool is_its_own(const Sent& sent, const ServiceVerdict& verdict);
  [[nodiscard]] bool may_ask_about(const Registration& known);
  void ask_in_its_place();
  bool ask_a_known_leaf();
  void look_for_a_stored_leaf();
  Task<void> ask_a_stored_leaf();
  Task<Result<bool>> find_a_stored_leaf();
  void make_a_probe_ready();
  void end_probe(Sent& sent);
  void step_back(const OutboxRow& row, const ServiceVerdict& verdict, Millis wait);
  void put_off(const OutboxRow& row, Reason why, const std::string& words);
  void go_on_after_exchange();
  void go_on_with(const Ledger::ChangedAlone& enrollment);
  bool is_superseded(OpenOperation& operation, const Sent& sent);
  void tell(EventKind kind, std::string registration_id, Reason reason, std::string detail);
  [[nodiscard]] AttemptNote note(Reason reason, std::string detail) const;

  Executor loop_;
  ForwardPorts ports_;
  ForwardOptions options_;
  IdScope id_scope_;
  OpenOperations operations_;
  Pace pace_;
  Lane lane_;
  Wakeup wakeup_;
  std::set<Wakeup*> sleepers_;     // carries that wait for their next poll
  std::deque<RelayTurn*> relays_;  // who wait for their turn, by place
  std::string last_trouble_;
  bool probe_running_ = false;  // an empty connection
  bool looking_ = false;        // another, while the link counts as up
  TimePoint heard_at_{};        // the service, when it was asked of anything or looked at
  TimePoint believed_until_{};  // no doubt before
  bool searching_ = false;      // for a stored leaf to be sent as probe
  bool found_nobody_ = false;   // in the last search, and nobody else was sent since
  std::string searched_to_;     // the next search begins behind that key
  std::size_t probes_ = 0;      // registrations that went out as probes and were not answered yet
  bool stopping_ = false;
  std::size_t in_flight_ = 0;
  std::uint64_t arrived_ = 0;
  // Who was not sent, since its key or its enrollment is not here any more: Ledger::exchanges() of then.
  LruMap<std::uint64_t> unasked_{Ledger::default_capacity};
  std::uint64_t exchanges_ = 0;  // of the ledger, when those that wait for an enrollment were looked at last
  std::set<std::string> carried_;  // whose try is out, be its operation open still or not
  TimePoint away_since_{};         // while the link is down
};

}  // namespace leafgate
