#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "gateway/flows/authorities.hpp"
#include "gateway/flows/denied.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/guard.hpp"
#include "gateway/flows/judge.hpp"
#include "gateway/flows/knocks.hpp"
#include "gateway/flows/operation_ids.hpp"
#include "gateway/flows/pending_requests.hpp"
#include "gateway/flows/policy.hpp"
#include "gateway/flows/relay.hpp"
#include "gateway/flows/synthetic_leaves.hpp"
#include "gateway/flows/tpm_rounds.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate {

// What became of attempts since start, for `status` and metrics. First loop only.
struct Tally {
  std::uint64_t answered_from_cache = 0;
  std::uint64_t accepted = 0;  // went to the outbox
  std::uint64_t refused = 0;
  std::uint64_t polls = 0;
  std::uint64_t sent_through = 0;              // connections ended so that the next ones are passed through
  std::map<Reason, std::uint64_t> refused_by;  // of the above, why
  std::map<Transport, std::uint64_t> attempts_by;  // registrations and polls
};

// The one way in: judges an attempt, decides, makes durable what must be, answers (semantics §3). Lives on
// the first loop; admit() may be called from any.
class Admission : public Registrar {
 public:
  Admission(Executor first_loop, Policy policy, ForwardPorts ports, Forwarder& forwarder, Journal& journal,
            const AttemptPace::Limits& attempts = {});

  Task<Answer> admit(Attempt attempt) override;
  // Until stop(); returns when nothing is asked of the service any more.
  Task<void> run() { return relays_.run(); }

  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] const Policy& policy() const { return policy_; }
  // On reload; what is decided already stays. The ID scope is not changed while the daemon runs.
  void set_policy(Policy policy) { policy_ = std::move(policy); }
  // While there is one, nobody is answered from the store: the service decides, or the leaf comes again.
  void set_doubt(Reason why) { doubt_ = why; }
  // Who is no leaf, but the self test.
  [[nodiscard]] SyntheticLeaves& synthetic_leaves() { return synthetic_; }
  [[nodiscard]] const Reason& doubt() const { return doubt_; }
  [[nodiscard]] const Gatekeeper* gatekeeper() const {
    return ports_.gatekeeper;
  }  // null: nobody is kept out
  // Who is told which addresses lie and which carry true leaves; outlives this. Before the first attempt.
  void report_to(Sources& sources) { guard_.sources = &sources; }
  // A proof that was good but for the unknown time was stale: its token opens no poll any more, and of this
  // operation nothing is told until the leaf registers anew.
  void take_back(const RegistrationId& id, const std::string& operation);
  // The same, of an operation that rests on other proofs as well: it goes on.
  void forget_opener(const std::string& operation);
  // How many proofs wait for the time to be known.
  [[nodiscard]] std::size_t untimed() const;
  // What is under way at the service for leaves that fit ends, and nothing of it is stored.
  void end_denied_relays(const std::function<bool(const Shown&)>& which);
  void stop();

 private:
  struct Facts;  // what is known of one attempt while it is decided
  Task<Answer> admit_here(Attempt attempt);
  Task<Answer> answer_request(Facts& facts);
  Task<Answer> answer_knock(Facts& facts);
  Task<Result<void>> examine(Facts& facts);
  Task<Result<void>> derive_keys(Facts& facts);
  void keep_derived(const Facts& facts);
  Task<Answer> answer_operation(Facts& facts);
  bool take_up(Facts& facts);
  bool keep_request(const Facts& facts);
  void decide_on(Facts& facts);
  void note_how_it_came(const Facts& facts);
  void note_whether_taken(const Facts& facts);
  [[nodiscard]] static Shown shown_by(const Facts& facts);
  [[nodiscard]] static const Enrollment* deciding(const Facts& facts);
  Reason barred(Facts& facts);
  void weigh_gate(Facts& facts);
  void note_held(const Facts& facts);
  void note_two_places(const Facts& facts, const Takeovers::Claim& claim);
  [[nodiscard]] Passing passing_of(const Attempt& attempt) const;
  Judgement judge_evidence(const Attempt& attempt, const Ledger::IndividualEnrollment& individual,
                           const Ledger::Groups& groups, WallReading now, Derived derived = Derived::awaited);
  bool welcome(Facts& facts);
  Task<AttemptPace::Turn> take_turn(Facts& facts);
  Task<Answer> answer_register(Facts& facts);
  Task<Answer> relay(Facts& facts);
  [[nodiscard]] bool comes_by_tpm(const Attempt& attempt, const Ledger::IndividualEnrollment& individual);
  Task<Result<void>> examine_tpm(Facts& facts, Ledger::IndividualEnrollment individual);
  Task<Result<Ledger::Record>> earned_by_tpm(RegistrationId id);
  void judge_tpm(Facts& facts, const Ledger::IndividualEnrollment& individual);
  void weigh_tpm(Facts& facts);
  void note_how_tpm_came(const Facts& facts);
  Task<Answer> answer_tpm(Facts& facts);
  Answer challenge_here(Facts& facts);
  Task<Answer> challenge_there(Facts& facts);
  Answer end_round(Facts& facts);
  void add_hub_key(const Facts& facts, Answer& answer);
  [[nodiscard]] crypto::Secret hub_key_of(const Facts& facts);
  Task<Answer> forward(Facts& facts);
  Task<Answer> accept(Facts& facts, ForwardClass forward_class);
  [[nodiscard]] static Reason store_reason(const Error& error);
  [[nodiscard]] bool may_be_promised(const Facts& facts);
  Task<Answer> answer_ahead(Facts& facts);
  Task<void> remember_its_need(const Facts& facts);
  void tell_outages(const Facts& facts, const Answer& answer);
  static OutboxRow row_for(const Facts& facts, const OpenOperation& open, Reason reason);
  Asked asked_for(const Facts& facts);
  [[nodiscard]] static bool asks_the_same(const OutboxRow& row, const Facts& facts);
  static Answer wait_in_memory(const Facts& facts, const OperationId& operation);
  Answer answer_poll(Facts& facts);
  std::optional<Answer> answer_of_relay(Facts& facts);
  Answer refuse_unless_relayed(Facts& facts);
  [[nodiscard]] Seconds when_again(const Facts& facts, const Answer& answer);
  [[nodiscard]] bool may_tell_end(const OperationId& operation);
  [[nodiscard]] bool is_beyond_trust(const Situation& situation) const;
  Answer answer_lookup(Facts& facts);
  Task<Answer> answer_known(Facts& facts);
  [[nodiscard]] static bool asks_otherwise(const OpenOperation& open, const Facts& facts);
  Answer answer_from_cache(Facts& facts);
  Answer send_through(Facts& facts);
  void count_refusal(Facts& facts, Reason reason);
  Answer refuse(Facts& facts, Reason reason);
  Answer refuse_proof(Facts& facts, Reason reason);
  [[nodiscard]] bool opened_by_this_token(const Attempt& attempt);
  void note_promise(const Facts& facts, const OperationId& operation, bool joins = false);
  [[nodiscard]] bool is_taken_back(const std::string& key, const OperationId& operation);
  void remember_opener(const OperationId& operation, const Attempt& attempt);
  void note(Facts& facts, Reason reason, std::string detail = {});
  void note_relayed(Facts& facts, const Answer& answer);
  void vouched(const Source& source, const RegistrationId& id);
  void note_takeover(Facts& facts, const Takeovers::Claim& claim);
  void tell(const Facts& facts, Reason reason);
  void log_attempt(const Facts& facts, Reason reason);

  Executor first_loop_;
  Policy policy_;
  ForwardPorts ports_;
  Forwarder& forwarder_;
  Journal& journal_;
  OperationIds operation_ids_;
  Guard guard_;
  Authorities authorities_;
  Relays relays_;
  Knocks knocks_;
  TpmRounds rounds_;
  LruMap<std::string> taken_back_;  // registrationId -> the operation of which nothing is told
  LruMap<std::string> openers_;     // operationId -> digest of the token that opened it
  PendingRequests pending_;         // of leaves that could not be judged yet
  // registrationId -> the operation that what it asked for while it could not be judged has joined
  LruMap<OperationId> joined_;
  LruMap<Asked> waits_with_;  // by leaf: what one asked for that waits for its own connection
  SyntheticLeaves synthetic_;
  Tally tally_;
  Reason doubt_ = Reason::none;
  bool stopping_ = false;
};

}  // namespace leafgate
