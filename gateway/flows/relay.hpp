#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "gateway/flows/false_proofs.hpp"
#include "gateway/flows/findings.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/operation_ids.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate {

// What an assignment is earned with, where the leaf was judged good here: as of an OutboxRow. Empty: nothing
// here could judge it.
struct Earned {
  std::string credential;
  std::string request_digest;
  std::string enrollment_id;
  std::string enrollment_etag;
  std::optional<ProofEnds> ends = std::nullopt;
};

// Live relay: a leaf that nothing here can check is taken to the service with its own token, unchanged, and
// the service's answer is the answer (semantics §2, §3 row 10, §4, §6). One under way per source and per id,
// the rest wait in the order they came, those behind that were refused lately; each registration takes a turn
// of the Forwarder, at most a fifth of the pace, and after it stands behind the other sources. A leaf with a
// certificate that is there to sign goes the same way, by a connection of its own. All of it lives in memory;
// only an assignment that the service gave is stored, never a credential, so that without the service the
// leaf is still unknown. First loop only.
class Relays {
 public:
  // The service said 401, 403 or 404 to what this source brought; or assigned it.
  using OnAnswered = std::function<void(const Source&, const RegistrationId&)>;

  static constexpr std::size_t most = 2'048;         // waiting, under way and ended but not forgotten yet
  static constexpr std::size_t most_per_source = 8;  // waiting or under way

  Relays(Executor loop, ForwardPorts ports, Forwarder& forwarder);
  ~Relays();

  void on_refused(OnAnswered hook) { on_refused_ = std::move(hook); }
  void on_assigned(OnAnswered hook) { on_assigned_ = std::move(hook); }

  // Why this attempt is not worth a request to the service: its token does not parse, is for another scope or
  // id, or is expired by a trusted clock. None: it may go.
  [[nodiscard]] static std::optional<Reason> unfit(const Attempt& attempt, WallReading now);

  // A register attempt that is fit. The service's answer if that comes within 5 s, else 202 from memory, and
  // at once where it has to wait for its turn; 429 when too many wait (of all, of its source), or the service
  // has refused this id from this source again and again. Other ids of the source are heard all the same:
  // behind one address may live many.
  Task<Answer> ask(Attempt attempt, Earned earned = {});
  // Of a register attempt without a token that shows the keys of a TPM: the challenge that the service has
  // for it, or what else the service says. 503 (needs_service) when neither comes within 5 s, also where that
  // is for want of a turn: a round that cannot go on is not begun.
  Task<Answer> challenge(Attempt attempt);
  // A poll of what ask() gave to the same token of the same leaf; none: not known (any more).
  std::optional<Answer> poll(const Attempt& attempt);
  // The leaf registers anew and is not relayed now: what came of its last time is no answer to that.
  void forget(const Attempt& attempt);

  // Those that fit are refused as denied, also while the service is being asked: nothing of it is stored.
  void bar(const std::function<bool(const Attempt&)>& which);

  // Until stop(); returns when none is under way.
  Task<void> run();
  void stop();

 private:
  struct Relay;
  using Shared = std::shared_ptr<Relay>;
  static std::string key_of(const Attempt& attempt);
  Shared find(const std::string& key);
  std::variant<Shared, Reason> make(std::string key, Attempt attempt, TimePoint now);
  bool make_room(const std::string& source, TimePoint now);
  bool is_doubted(const Relay& relay, TimePoint now) const;
  void start_those(const std::function<bool(const Relay&)>& which);
  static Answer final_answer(const OperationId& operation, const ServiceAnswer& answer, Reason reason);
  ProvisioningService& service_of(Relay& relay);
  bool end_unsigned(Relay& relay, const Error& error);
  void end(Relay& relay, Answer answer);
  void leave(const Relay& relay);
  void forget_old(TimePoint now);
  void start_ready();
  Task<void> carry(Shared relay);
  Task<void> wait(Shared relay, Millis duration);
  [[nodiscard]] bool is_wanted(const Relay& relay) const;
  Task<bool> converse(Shared relay);  // false: to be tried again
  Task<void> fetch_challenge(Shared relay);
  Task<void> earn_by_tpm(const Relay& relay, const ServiceAnswer& answer, Assignment& assignment);
  Task<bool> conclude(Shared relay, ServiceVerdict verdict, Result<ServiceAnswer> answer);

  Executor loop_;
  ForwardPorts ports_;
  Forwarder& forwarder_;
  OperationIds operation_ids_;
  Findings findings_;
  OnAnswered on_refused_;
  OnAnswered on_assigned_;
  FalseProofs refusals_;                        // of the service, per source and id
  std::map<std::string, Shared> relays_;        // by id and digest of the token
  std::list<Shared> queue_;                     // those that wait for another of their source or id
  std::map<std::string, std::size_t> open_of_;  // by source: how many have not ended
  std::set<std::string> busy_ids_;
  std::set<std::string> busy_sources_;
  Wakeup ended_;
  std::uint64_t places_ = 0;
  std::uint64_t challenges_ = 0;
  std::size_t under_way_ = 0;
  bool starting_ = false;
  bool start_again_ = false;
  bool stopping_ = false;
};

}  // namespace leafgate
