// Leaves that only the service can judge, taken to it by their own proof.
#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/replies.hpp"

namespace leafgate {

// To the service with the leaf's own token, if that can be right at all.
Task<Answer> Admission::relay(Facts& facts) {
  const bool by_certificate = std::holds_alternative<CertificateEvidence>(facts.attempt.evidence);
  const bool by_link_key = std::holds_alternative<MacEvidence>(facts.attempt.evidence);
  const bool pending = facts.judgement.verdict.proof == Proof::pending;
  if (by_link_key && pending) co_return refuse(facts, doubt_);      // else it would wait, unwritten
  if (by_link_key || (by_certificate && !facts.situation.signs)) {  // nobody can show it on
    const Reason why = facts.judgement.verdict.reason;
    co_return refuse_proof(facts, why == Reason::none ? Reason::unknown_enrollment : why);
  }
  if (const auto unfit = Relays::unfit(facts.attempt, facts.now)) co_return refuse_proof(facts, *unfit);
  Attempt attempt = facts.attempt;
  Earned earned;
  if (by_certificate && facts.proven()) {
    earned.credential = facts.judgement.verdict.credential;
    earned.request_digest = digest_of(attempt.request);
    earned.enrollment_id = facts.judgement.enrollment_id;
    earned.enrollment_etag = facts.judgement.enrollment_etag;
    earned.ends = facts.judgement.ends;
  }
  if (by_certificate && facts.situation.keeps_coming_back)
    knocks_.forwarded(facts.attempt.id.key(), LoopClock::now());
  Answer answer = co_await relays_.ask(std::move(attempt), std::move(earned));
  if (answer.status >= 400) count_refusal(facts, answer.reason);
  if (!answer.proven) note_relayed(facts, answer);
  co_return answer;
}

}  // namespace leafgate
