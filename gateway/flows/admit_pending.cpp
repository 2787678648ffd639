// Leaves that cannot be judged at once (semantics §3, row 3a): what it takes to judge them, and what they
// asked for until then.
#include "gateway/attestation/sas_token.hpp"
#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/keys.hpp"

namespace leafgate {
namespace {

// What may be done about a request that was kept, now that its leaf is judged.
bool is_settled(Action action) {
  switch (action) {
    case Action::answer:
    case Action::answer_and_refresh:
    case Action::forward:
    case Action::queue:
    case Action::answer_ahead:
    case Action::relay:
      return true;
    default:
      return false;
  }
}

bool is_alive(const Attempt& attempt, WallReading now) {
  const auto* sas = std::get_if<SasEvidence>(&attempt.evidence);
  if (sas == nullptr || now.quality == ClockQuality::unsynced) return false;
  const auto token = parse_sas_token(sas->token);
  return token && now.at <= token->expires_at + std::chrono::minutes(1);
}

}  // namespace

// Of groups whose keys live in the TPM.
Task<Result<void>> Admission::derive_keys(Facts& facts) {
  if (ports_.derivations == nullptr || facts.individual) co_return Result<void>();
  if (facts.judgement.verdict.proof == Proof::pending) {
    auto derived = co_await ports_.derivations->ready(facts.attempt, facts.groups);
    if (!derived) co_return derived.error();
    facts.judgement = judge_evidence(facts.attempt, nullptr, facts.groups, facts.now, *derived);
  }
  if (facts.proven()) keep_derived(facts);
  co_return Result<void>();
}

void Admission::keep_derived(const Facts& facts) {
  if (facts.judgement.by_certificate) return;
  for (const Enrollment& group : *facts.groups)
    if (is_in_tpm(group, ports_.trust) && reference(group) == facts.judgement.enrollment_id)
      ports_.derivations->proved(group, facts.attempt.id, facts.judgement.verdict.credential);
}

// False: what the leaf asks for cannot be kept until it is judged.
bool Admission::keep_request(const Facts& facts) {
  const bool is_held = facts.decision.action == Action::hold;
  if (facts.judgement.verdict.proof != Proof::pending && !is_held) return true;
  joined_.erase(facts.attempt.id.key());
  const bool is_kept = pending_.keep(facts.attempt, is_alive(facts.attempt, facts.now), LoopClock::now());
  return is_kept || is_held;  // who is held is promised nothing
}

// A poll. At the first one at which its leaf is judged, what the leaf asked for is decided as if it asked
// now; the operation stays the one it polls for.
Task<Answer> Admission::answer_operation(Facts& facts) {
  const OperationId polled = *facts.attempt.operation;
  const std::string key = facts.attempt.id.key();
  if (!operation_ids_.is_unwritten(key, polled)) co_return answer_poll(facts);
  Answer answer;
  if (take_up(facts)) {
    ++tally_.polls;
    answer = co_await answer_register(facts);
    const bool joins = answer.operation && !(*answer.operation == polled);
    if (joins && answer.status == 202) joined_.put(key, *answer.operation);
    if (answer.proven) remember_opener(polled, facts.attempt);
  } else {
    const OperationId* joined = joined_.find(key);
    if (joined != nullptr && facts.proven()) facts.attempt.operation = *joined;
    answer = answer_poll(facts);
  }
  if (answer.operation) answer.operation = polled;
  co_return answer;
}

bool Admission::take_up(Facts& facts) {
  Attempt& poll = facts.attempt;
  pending_.heard(poll, LoopClock::now());
  if (!is_settled(facts.decision.action)) return false;
  // Who proved nothing vouches for no request but the one that came with its very token.
  const auto is_good = [&](const Attempt& kept) {
    return facts.proven() &&
           judge_evidence(kept, facts.individual, facts.groups, facts.now).verdict.credential ==
               facts.judgement.verdict.credential;
  };
  const Attempt* kept = pending_.find(poll, is_good);
  if (kept == nullptr) return false;
  poll.request = kept->request;
  poll.direct = true;  // the end of its operation is what a poll asks for
  decide_on(facts);
  if (!is_settled(facts.decision.action)) return false;
  pending_.forget(poll);
  return true;
}

}  // namespace leafgate
