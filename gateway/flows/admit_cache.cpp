// Leaves that are answered from the cache (semantics §3, rows 4 to 6).
#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/replies.hpp"

namespace leafgate {

Task<Answer> Admission::answer_known(Facts& facts) {
  const OpenOperation* open = forwarder_.operations().find(facts.attempt.id.key());
  const bool amends = open != nullptr && !facts.decision.provisional && asks_otherwise(*open, facts);
  if (amends) {
    const bool up = facts.situation.service_up;
    OutboxRow row = row_for(facts, *open, up ? Reason::forwarded_changed : Reason::queued_offline);
    auto notes = verified_only(facts.record->notes);
    auto stored = co_await forwarder_.commit(std::move(row), std::move(notes));
    // What is known needs no room on a full disk: the row asks for what it did, until the leaf comes again.
    (void)stored;
    if (const Reason why = barred(facts); why != Reason::none) co_return refuse_proof(facts, why);
  }
  if (facts.decision.action == Action::answer_and_refresh)
    forwarder_.refresh(facts.attempt.id, facts.attempt.request, *facts.record->registration.assignment);
  co_return answer_from_cache(facts);
}

// The newest attempt counts (semantics §4), also where it asks for what is known already: what waits in the
// outbox must not take the leaf elsewhere after that.
bool Admission::asks_otherwise(const OpenOperation& open, const Facts& facts) {
  return open.pending_writes > 0 || (open.durable && !asks_the_same(open.row, facts));
}

// Direct where the client takes the end of its operation as the answer to its register request, else 202 with
// a computed operation that nothing has to remember (semantics §3, the two shapes).
Answer Admission::answer_from_cache(Facts& facts) {
  const Assignment& assignment = *facts.record->registration.assignment;
  // An enrollment has taken the leaf's certificate: forecasts may count on it until that ends.
  const Judgement& by = facts.judgement;
  if (by.ends) ports_.ledger.note_ends(*facts.record, {{}, *by.ends, by.enrollment_id, by.enrollment_etag});
  const OperationId operation = operation_ids_.of_cached(facts.attempt.id.key(), assignment.etag);
  note(facts, facts.decision.reason);
  knocks_.answered_from_cache(facts.attempt.id.key(), LoopClock::now());
  note_promise(facts, operation);
  ++tally_.answered_from_cache;
  Answer answer = facts.attempt.direct ? assigned(operation, assignment, facts.decision.reason)
                                       : assigning(operation, facts.decision.reason);
  answer.proven = true;
  if (!facts.attempt.direct) remember_opener(operation, facts.attempt);
  return answer;
}

}  // namespace leafgate
