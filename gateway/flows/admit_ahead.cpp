// What is promised to leaves while the service is away (semantics §3, row 8; §5).
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/outages.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/receipts.hpp"
#include "gateway/flows/replies.hpp"

namespace leafgate {

// Not to whom the service has just said no, whether that is believed yet or not; nor while it says so to
// everybody, for it is there, and it may be right.
bool Admission::may_be_promised(const Facts& facts) {
  if (facts.judgement.only_hub.empty()) return false;
  if (forwarder_.state().reason == Reason::service_refuses_everybody) return false;
  const OpenOperation* open = forwarder_.operations().find(facts.attempt.id.key());
  const bool is_doubted = open != nullptr && (open->refused_at || open->refused_before);
  const auto& outcome = facts.record->registration.outcome;
  const bool was_refused = outcome && outcome->status != RegistrationStatus::assigned;
  return !is_doubted && !was_refused;
}

// The hub that the service can but choose, and the row by which it hears of it: one transaction, then the
// answer, in the shapes of an answer from cache.
Task<Answer> Admission::answer_ahead(Facts& facts) {
  const RegistrationId& id = facts.attempt.id;
  OpenOperations& operations = forwarder_.operations();
  OpenOperation* open = operations.find(id.key());
  if (open == nullptr) {
    OutboxRow fresh(id, operation_ids_.fresh());
    fresh.forward_class = ForwardClass::backlog;
    open = &operations.open(std::move(fresh));
  }
  note(facts, facts.decision.reason);
  OutboxRow row = row_for(facts, *open, facts.decision.reason);
  Registration told = facts.record->registration;
  told.assignment = assigned_ahead(id, facts.judgement.only_hub, facts.judgement.device_id, facts.now.at);
  told.assignment->credential = facts.judgement.verdict.credential;
  told.assignment->request_digest = facts.request_digest;
  told.assignment->enrollment_id = facts.judgement.enrollment_id;
  told.assignment->enrollment_etag = facts.judgement.enrollment_etag;
  told.assignment->confirmed_at = ports_.meter.now();
  auto notes = verified_only(facts.record->notes);
  const Receipt receipt =
      receipt_of(Ruling::provisional, facts.decision.reason, facts.now, row.operation_id.text());
  auto stored = co_await forwarder_.promise(std::move(row), told, std::move(notes), receipt);
  if (!stored) co_return refuse(facts, store_reason(stored.error()));
  // It may have been denied meanwhile: its row is looked at again before it is sent.
  if (const Reason why = barred(facts); why != Reason::none) co_return refuse_proof(facts, why);
  take_receipt(told.assignment, receipt, *stored);
  facts.record->registration = told;
  if (ports_.passes != nullptr) ports_.passes->hand_out(told.assignment->assigned_hub);
  ++tally_.accepted;
  knocks_.answered_from_cache(id.key(), LoopClock::now());
  const OperationId operation = operation_ids_.of_cached(id.key(), told.assignment->etag);
  note_promise(facts, operation);
  Answer answer = facts.attempt.direct ? assigned(operation, *told.assignment, facts.decision.reason)
                                       : assigning(operation, facts.decision.reason);
  answer.proven = true;
  if (!facts.attempt.direct) remember_opener(operation, facts.attempt);
  co_return answer;
}

// A leaf whose certificate was good here, and that nobody but itself can show to the service: the engineer
// must find it even if it does not come again.
Task<void> Admission::remember_its_need(const Facts& facts) {
  const bool needed = facts.decision.reason == Reason::needs_the_leaf && facts.situation.by_certificate &&
                      facts.proven() && !forwarder_.state().up;
  if (needed && ports_.outages != nullptr) co_await ports_.outages->needs_the_leaf(facts.attempt.id);
}

// Whether it heard what came of what it was promised. Who is kept out hears so whatever he asks; a stranger
// who asks in his name is told the same, and does not count.
void Admission::tell_outages(const Facts& facts, const Answer& answer) {
  if (ports_.outages == nullptr) return;
  const bool is_kept_out =
      facts.proven() && (answer.reason == Reason::denied || answer.reason == Reason::rejected_by_operator);
  const bool is_disabled = facts.decision.action == Action::end_disabled;  // for whoever asks
  const bool ended = answer.status == 200 || (facts.attempt.operation && answer.status >= 400 &&
                                              answer.reason != Reason::operation_unknown);
  const std::string& key = facts.attempt.id.key();
  if (is_kept_out || is_disabled) ports_.outages->keeps_out(key, answer.reason, facts.proven());
  if (is_kept_out || (answer.proven && ended)) ports_.outages->heard_by(key);
}

}  // namespace leafgate
