#include "gateway/flows/admit.hpp"

#include "gateway/attestation/leaf_proof.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/judge_certificate.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/replies.hpp"

namespace leafgate {
namespace {

constexpr std::size_t openers_kept = 16'384;

}  // namespace

Admission::Admission(Executor first_loop, Policy policy, ForwardPorts ports, Forwarder& forwarder,
                     Journal& journal, const AttemptPace::Limits& attempts)
    : first_loop_(first_loop),
      policy_(std::move(policy)),
      ports_(ports),
      forwarder_(forwarder),
      journal_(journal),
      operation_ids_(ports.trust, ports.random),
      guard_(first_loop, attempts),
      relays_(first_loop, ports, forwarder),
      taken_back_(openers_kept),
      openers_(openers_kept),
      joined_(openers_kept),
      waits_with_(openers_kept) {
  relays_.on_refused([this](const Source& source, const RegistrationId& id) {
    (void)guard_.false_proofs.failed(source.address, id.key(), LoopClock::now());
  });
  relays_.on_assigned([this](const Source& source, const RegistrationId& id) { vouched(source, id); });
}

Task<Answer> Admission::admit(Attempt attempt) {
  auto here = admit_here(std::move(attempt));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Answer> Admission::admit_here(Attempt attempt) {
  Facts facts(std::move(attempt));
  facts.now = ports_.clock.now();
  if (auto told = synthetic_.answer(facts.attempt, facts.now)) co_return std::move(*told);
  if (facts.attempt.knock) co_return co_await answer_knock(facts);
  ++tally_.attempts_by[facts.attempt.source.transport];
  Answer answer = co_await answer_request(facts);
  answer.retry_after = when_again(facts, answer);
  // What is stored stays as the service gave it: whoever writes the answer adds this to it.
  const bool tells_a_hub =
      answer.registration_status == RegistrationStatus::assigned && !answer.state.empty();
  if (tells_a_hub && doubt_ == Reason::none) answer.gateway_host_name = facts.judgement.gateway_host_name;
  tell_outages(facts, answer);
  co_return answer;
}

Task<Answer> Admission::answer_request(Facts& facts) {
  if (stopping_) co_return refuse(facts, Reason::gateway_stopping);
  if (!(facts.attempt.scope == policy_.id_scope)) co_return refuse_proof(facts, Reason::wrong_scope);

  auto examined = co_await examine(facts);
  if (!examined) co_return refuse(facts, store_reason(examined.error()));
  if (const Reason why = barred(facts); why != Reason::none) co_return refuse_proof(facts, why);
  if (facts.proven()) {
    const bool stands = welcome(facts);
    const std::string& key = facts.attempt.id.key();
    const bool is_news = ports_.gatekeeper != nullptr && ports_.gatekeeper->is_unwritten(key);
    if (is_news) co_await ports_.gatekeeper->write_contest(key);
    if (!stands) {
      count_refusal(facts, Reason::taken_over);
      co_return refusal(Reason::taken_over);
    }
    auto turn = AttemptPace::Turn::at_once;
    const bool asks_to_register = !facts.attempt.operation && !facts.attempt.lookup;
    if (asks_to_register) turn = co_await take_turn(facts);
    if (stopping_) co_return refuse(facts, Reason::gateway_stopping);
    if (turn == AttemptPace::Turn::none) co_return refuse(facts, Reason::attempts_too_fast);
    if (turn == AttemptPace::Turn::later) {  // much may have changed meanwhile
      examined = co_await examine(facts);
      if (!examined) co_return refuse(facts, store_reason(examined.error()));
    }
  }

  decide_on(facts);
  if (facts.decision.action == Action::refuse) co_return refuse_unless_relayed(facts);
  if (facts.attempt.operation) co_return co_await answer_operation(facts);
  if (facts.attempt.lookup) co_return answer_lookup(facts);
  if (facts.tpm.step != TpmStep::none) co_return co_await answer_tpm(facts);
  co_return co_await answer_register(facts);
}

// What is known of the leaf, and whether its proof is good.
Task<Result<void>> Admission::examine(Facts& facts) {
  facts.now = ports_.clock.now();
  facts.tpm = {};
  auto individual = co_await ports_.ledger.individual(facts.attempt.id.key());
  if (!individual) co_return individual.error();
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  bool by_tpm = comes_by_tpm(facts.attempt, *individual);
  // Anybody at the leaf's address can begin a round in its name: who proves a key of a group here has no part
  // in that.
  if (by_tpm && !*individual && facts.attempt.request.tpm.empty() && !facts.attempt.operation) {
    facts.judgement = judge_evidence(facts.attempt, nullptr, *groups, facts.now);
    by_tpm = !facts.proven();
  }
  if (by_tpm) {
    auto read = co_await examine_tpm(facts, *individual);
    co_return read;
  }
  facts.individual = *individual;
  facts.groups = *groups;
  facts.judgement = judge_evidence(facts.attempt, *individual, *groups, facts.now);
  auto derived = co_await derive_keys(facts);
  if (!derived) co_return derived.error();
  if (facts.judgement.enrolled == Enrolled::nothing) co_return Result<void>();
  auto record = co_await ports_.ledger.record(facts.attempt.id);
  if (!record) co_return record.error();
  facts.record = *record;
  co_return Result<void>();
}

void Admission::decide_on(Facts& facts) {
  const Attempt& attempt = facts.attempt;
  Situation& situation = facts.situation;
  situation.enrolled = facts.judgement.enrolled;
  situation.verdict = facts.judgement.verdict;
  situation.by_certificate = facts.judgement.by_certificate;
  situation.passing = passing_of(attempt);
  situation.signs = attempt.signer != nullptr && ports_.delegated != nullptr;
  situation.service_up = forwarder_.state().up;
  situation.doubt = doubt_;
  if (facts.record && (facts.proven() || facts.tpm.step == TpmStep::asks)) {
    const std::string& key = attempt.id.key();
    const auto& assignment = facts.record->registration.assignment;
    const Asked asked = asked_for(facts);
    facts.request_digest = asked.digest;
    situation.known =
        how_known(assignment, ports_.meter.now(), facts.now, policy_, facts.judgement.offline_max_age);
    situation.told_ahead = assignment && assignment->provisional;
    situation.one_hub = may_be_promised(facts);
    if (assignment)
      situation.change = change_since(*assignment, facts.judgement, asked, situation.service_up);
    const bool registers = !attempt.operation && !attempt.lookup;
    const bool tells = facts.judgement.by_certificate || (assignment && !facts.judgement.by_tpm);
    if (registers && tells && !attempt.knock) note_how_it_came(facts);
    situation.keeps_coming_back = registers && knocks_.is_third(key, LoopClock::now());
  }
  note_whether_taken(facts);
  if (facts.tpm.step != TpmStep::none) weigh_tpm(facts);
  weigh_gate(facts);
  facts.decision = decide(situation, policy_);
  note_held(facts);
  // What a poll is about was decided when it began.
  if (facts.decision.action == Action::end_disabled) return;
  const bool is_barred = situation.denied || situation.rejected;
  if (facts.tpm.step == TpmStep::polls && !is_barred) facts.decision.action = Action::relay;
  // What its round here was to end with has changed, and nobody else can take it over.
  const bool is_ours = facts.tpm.round && facts.tpm.round->is_ours();
  if (is_ours && facts.proven() && facts.decision.action != Action::answer)
    rounds_.distrust(attempt.id.key(), LoopClock::now());
}

// For forecasts, which take it to come again like that.
void Admission::note_how_it_came(const Facts& facts) {
  const Attempt& attempt = facts.attempt;
  const Judgement& judgement = facts.judgement;
  const bool is_assigned = facts.record->registration.assignment.has_value();
  if (is_assigned && facts.situation.change == Change::unchanged)
    return ports_.ledger.came_as_before(attempt.id.key());
  Ledger::CameAs as;
  as.credential = judgement.verdict.credential;
  as.secondary = judgement.verdict.secondary;
  if (!facts.tpm.is_bare(facts.request_digest)) as.request_digest = facts.request_digest;
  if (facts.tpm.shown) as.tpm_storage = facts.tpm.shown->storage.digest;
  as.for_certificate = !attempt.request.csr.empty();
  as.enrollment_id = judgement.enrollment_id;
  as.enrollment_etag = judgement.enrollment_etag;
  as.by_certificate = judgement.by_certificate;
  ports_.ledger.came_otherwise(attempt.id.key(), std::move(as));
}

// A knock brings no request yet, and a poll none again: one whose operation was answered from cache asked for
// what is known, and one that waits for its own connection for what it asked for then.
Asked Admission::asked_for(const Facts& facts) {
  const Attempt& attempt = facts.attempt;
  const std::string& key = attempt.id.key();
  const auto& assignment = facts.record->registration.assignment;
  Asked asked;
  asked.digest = digest_of(attempt.request);
  asked.for_certificate = !attempt.request.csr.empty();
  const bool of_cached = attempt.operation && operation_ids_.is_cached(key, *attempt.operation);
  if (assignment && (attempt.knock || of_cached)) asked = Asked{assignment->request_digest, false};
  const bool of_unwritten = attempt.operation && operation_ids_.is_unwritten(key, *attempt.operation);
  if (!of_unwritten || !facts.judgement.by_certificate) return asked;
  const Asked* waits = waits_with_.find(key);
  return waits != nullptr ? *waits : asked;
}

Judgement Admission::judge_evidence(const Attempt& attempt, const Ledger::IndividualEnrollment& individual,
                                    const Ledger::Groups& groups, WallReading now, Derived derived) {
  if (const auto* shown = std::get_if<CertificateEvidence>(&attempt.evidence)) {
    if (!holds_its_key(*shown, attempt.id)) return judgement_of_false_signature();
    return judge_certificate(*shown->chain, attempt.id, individual, groups, authorities_.of(groups), now);
  }
  return judge(attempt, individual, groups, ports_.trust, now, opened_by_this_token(attempt), derived);
}

Task<Answer> Admission::answer_register(Facts& facts) {
  const RegistrationId& id = facts.attempt.id;
  switch (facts.decision.action) {
    case Action::answer:
    case Action::answer_and_refresh:
      co_return co_await answer_known(facts);
    case Action::forward:
      co_return co_await forward(facts);
    case Action::queue:
      co_return co_await accept(facts, ForwardClass::backlog);
    case Action::answer_ahead:
      co_return co_await answer_ahead(facts);
    case Action::end_disabled:
    case Action::wait_unwritten:
    case Action::hold:
      if (!keep_request(facts)) co_return refuse(facts, Reason::derivations_full);
      relays_.forget(facts.attempt);
      note(facts, facts.decision.reason);
      if (facts.judgement.by_certificate && facts.proven()) waits_with_.put(id.key(), asked_for(facts));
      co_await remember_its_need(facts);
      co_return wait_in_memory(facts, operation_ids_.of_unwritten(id.key()));
    case Action::relay:
      co_return co_await relay(facts);
    case Action::send_through:
      co_return send_through(facts);
    case Action::refuse:
      break;
  }
  co_return refuse(facts, Reason::unknown_enrollment);
}

Task<Answer> Admission::forward(Facts& facts) {
  const bool third_knock = facts.decision.reason == Reason::keeps_coming_back;
  Answer answer = co_await accept(facts, ForwardClass::waiting_now);
  if (!third_knock) co_return answer;
  if (answer.status == 202) {
    knocks_.forwarded(facts.attempt.id.key(), LoopClock::now());
    co_return answer;
  }
  // What is known needs no room on a full disk.
  if (!facts.record->registration.assignment) co_return answer;
  facts.decision.reason = Reason::answered_from_cache;
  co_return answer_from_cache(facts);
}

// Makes the attempt durable, or joins the operation that is open for this leaf. The 202 goes out after
// COMMIT.
Task<Answer> Admission::accept(Facts& facts, ForwardClass forward_class) {
  OpenOperations& operations = forwarder_.operations();
  OpenOperation* open = operations.find(facts.attempt.id.key());
  Reason reason = facts.decision.reason;
  if (!open) {
    // What is taken up at a poll goes on as what the leaf polls for.
    OutboxRow row(facts.attempt.id, facts.attempt.operation.value_or(operation_ids_.fresh()));
    row.forward_class = forward_class;
    row.first_registration = !facts.record->registration.assignment;
    open = &operations.open(std::move(row));
  } else {
    operations.raise_to(*open, forward_class);
    const bool newest = open->durable && open->pending_writes == 0;
    if (newest && asks_the_same(open->row, facts)) reason = Reason::joined_open_operation;
  }
  const OperationId operation = open->row.operation_id;
  open->heard_at = LoopClock::now();
  if (!open->durable) open->opened_at = open->heard_at;
  note(facts, reason);
  if (reason != Reason::joined_open_operation) {
    OutboxRow row = row_for(facts, *open, reason);
    auto notes = verified_only(facts.record->notes);
    auto stored = co_await forwarder_.commit(std::move(row), std::move(notes));
    if (!stored) co_return refuse(facts, store_reason(stored.error()));
  }
  note_promise(facts, operation, reason == Reason::joined_open_operation);
  forwarder_.wake();
  ++tally_.accepted;
  remember_opener(operation, facts.attempt);
  Answer answer = assigning(operation, reason);
  answer.proven = true;
  co_return answer;
}

bool Admission::asks_the_same(const OutboxRow& row, const Facts& facts) {
  return row.request_digest == facts.request_digest && row.credential == facts.judgement.verdict.credential &&
         row.enrollment_id == facts.judgement.enrollment_id;
}

OutboxRow Admission::row_for(const Facts& facts, const OpenOperation& open, Reason reason) {
  OutboxRow row = open.row;
  row.request = facts.attempt.request;
  row.request_digest = facts.request_digest;
  row.credential = facts.judgement.verdict.credential;
  row.enrollment_id = facts.judgement.enrollment_id;
  row.enrollment_etag = facts.judgement.enrollment_etag;
  row.reason = reason;
  if (!open.durable) row.queued_at = facts.now.at;
  return row;
}

// A leaf that proved itself may stay, however long what it waits for takes.
Answer Admission::wait_in_memory(const Facts& facts, const OperationId& operation) {
  Answer answer = assigning(operation, facts.decision.reason);
  answer.proven = facts.proven();
  return answer;
}

void Admission::stop() {
  stopping_ = true;
  guard_.pace.stop();
  relays_.stop();
}

}  // namespace leafgate
