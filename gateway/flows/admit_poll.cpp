// What a leaf hears that asks what became of its registration.
#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/replies.hpp"

namespace leafgate {
namespace {

bool is_answered_from_cache(Action action) {
  return action == Action::answer || action == Action::answer_and_refresh;
}

}  // namespace

// In doubt of the store only of an operation that was opened since the start: its end is the service's word.
bool Admission::may_tell_end(const OperationId& operation) {
  return doubt_ == Reason::none || openers_.find(operation.text()) != nullptr;
}

std::optional<Answer> Admission::answer_of_relay(Facts& facts) {
  auto relayed = relays_.poll(facts.attempt);
  if (relayed && relayed->status >= 400) note_relayed(facts, *relayed);
  return relayed;
}

// What a TPM signed for the service is no key's of a group here that takes its leaf's id; whom the service
// was asked about with this very token hears what it said.
Answer Admission::refuse_unless_relayed(Facts& facts) {
  if (!facts.attempt.operation) return refuse_proof(facts, facts.decision.reason);
  auto relayed = answer_of_relay(facts);
  if (!relayed) return refuse_proof(facts, facts.decision.reason);
  ++tally_.polls;
  return std::move(*relayed);
}

Answer Admission::answer_poll(Facts& facts) {
  ++tally_.polls;
  const std::string& key = facts.attempt.id.key();
  const OperationId& operation = *facts.attempt.operation;
  const Action action = facts.decision.action;
  if (action == Action::end_disabled) {
    Answer end = ended_disabled(operation, facts.attempt.id, facts.now.at);
    end.proven = facts.proven();
    return end;
  }
  if (action == Action::send_through) return send_through(facts);
  if (auto relayed = answer_of_relay(facts)) return std::move(*relayed);
  const bool unwritten = operation_ids_.is_unwritten(key, operation);
  // What it asked for then lives in memory: not known any more, it has to be asked for again.
  const bool is_remembered = !facts.judgement.by_certificate || waits_with_.find(key) != nullptr;
  const bool is_contested = facts.situation.contested != Reason::none;  // also what it asked for before that
  if (is_contested || (unwritten && (action == Action::wait_unwritten || action == Action::hold)))
    return wait_in_memory(facts, operation);
  if (!facts.proven() || is_taken_back(key, operation)) return refuse(facts, Reason::operation_unknown);

  Answer answer = refusal(Reason::operation_unknown);
  const Registration& registration = facts.record->registration;
  OpenOperation* open = forwarder_.operations().find(key);
  if (open && open->row.operation_id == operation) {
    forwarder_.operations().heard(*open, LoopClock::now());
    forwarder_.wake();
    const Reason why = open->waiting_for == Reason::none ? open->row.reason : open->waiting_for;
    // A known leaf that was sent on by its third knock must not be worse off than without it: not while the
    // service is away, nor behind thousands of others after the power came and went.
    const bool may_be_told =
        open->row.reason == Reason::keeps_coming_back && registration.assignment && doubt_ == Reason::none;
    const bool takes_long = !forwarder_.state().up || LoopClock::now() - open->opened_at > knock_patience;
    if (may_be_told && takes_long)
      answer = assigned(operation, *registration.assignment, Reason::answered_from_cache);
    else
      answer = assigning(operation, why);
  } else if (registration.outcome && registration.outcome->operation_id == operation.text() &&
             may_tell_end(operation)) {
    answer = ended(operation, *registration.outcome);
  } else if (registration.assignment && doubt_ == Reason::none &&
             (operation_ids_.is_cached(key, operation) ||
              (unwritten && is_remembered && is_answered_from_cache(action)))) {
    answer = assigned(operation, *registration.assignment, Reason::answered_from_cache);
  } else {
    // Also when what kept its request from being written is over: the leaf must bring it again.
    note(facts, Reason::operation_unknown);
  }
  if (facts.tpm.step == TpmStep::polls) add_hub_key(facts, answer);
  answer.proven = true;
  return answer;
}

// Nothing here vouches for what is known any more, and the service cannot be asked (semantics §5).
bool Admission::is_beyond_trust(const Situation& situation) const {
  return situation.known == Known::beyond_trust && !situation.told_ahead && !situation.service_up &&
         policy_.beyond == BeyondPolicy::queue;
}

// What is remembered of the registration, and nothing else happens (POST of the device API).
Answer Admission::answer_lookup(Facts& facts) {
  ++tally_.polls;
  Answer answer = refusal(Reason::operation_unknown);
  answer.message = "Registration not found.";
  answer.proven = facts.proven();
  if (facts.decision.action == Action::end_disabled) {
    answer =
        ended_disabled(operation_ids_.of_unwritten(facts.attempt.id.key()), facts.attempt.id, facts.now.at);
    answer.operation.reset();
    answer.proven = facts.proven();
    return answer;
  }
  if (!facts.proven() || facts.decision.action == Action::hold) return answer;
  if (doubt_ != Reason::none) {
    answer = refusal(doubt_);
    answer.proven = true;
    return answer;
  }
  if (is_beyond_trust(facts.situation)) {
    answer = refusal(Reason::needs_service);
    answer.proven = true;
    return answer;
  }
  const Registration& registration = facts.record->registration;
  std::string state;
  if (registration.assignment)
    state = registration.assignment->state;
  else if (registration.outcome)
    state = registration.outcome->state;
  if (state.empty()) return answer;
  answer = Answer();
  answer.status = 200;
  answer.proven = true;
  if (registration.assignment) answer.registration_status = RegistrationStatus::assigned;
  answer.state = std::move(state);
  answer.reason = Reason::answered_from_cache;
  return answer;
}

}  // namespace leafgate
