// Leaves whose certificate only the service can judge: they are sent to it by their own connections
// (semantics §6).
#include <algorithm>

#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/flows/replies.hpp"

namespace leafgate {
namespace {

// For the engineer.
std::string why_not_here(const Situation& s) {
  if (s.keeps_coming_back) return "keeps coming back though answered: its hub seems to refuse it";
  if (s.verdict.reason != Reason::none) {
    const std::string why(row(s.verdict.reason).text);
    return s.verdict.detail.empty() ? why : why + ": " + s.verdict.detail;
  }
  if (s.enrolled == Enrolled::without_key) return "enrolled here without its certificate";
  if (s.known == Known::nothing) return "its assignment is not known here";
  if (s.change == Change::renewed) return "it has another certificate than the one that was assigned";
  if (s.change == Change::changed) return "payload, request or enrollment changed since its assignment";
  return "the service has not confirmed its assignment within offline.max_age";
}

}  // namespace

Passing Admission::passing_of(const Attempt& attempt) const {
  const Transport by = attempt.source.transport;
  if (by == Transport::serial || by == Transport::broker) return Passing::on_a_link;
  const bool by_certificate = std::holds_alternative<CertificateEvidence>(attempt.evidence);
  if (!by_certificate || ports_.passes == nullptr) return Passing::none;
  const auto& names = policy_.pass_names;
  if (std::find(names.begin(), names.end(), attempt.server_name) == names.end()) return Passing::none;
  return ports_.passes->is_shared(attempt.source.address) ? Passing::shared_address : Passing::possible;
}

// Only whether the leaf must go elsewhere. Whatever else there is to say, its request hears: until then it
// has asked for nothing, takes no turn and nobody's place, and leaves no note.
Task<Answer> Admission::answer_knock(Facts& facts) {
  Answer come_in;
  come_in.status = 200;
  const bool may_go = forwarder_.state().up && passing_of(facts.attempt) == Passing::possible;
  if (stopping_ || !may_go || !(facts.attempt.scope == policy_.id_scope)) co_return come_in;
  auto examined = co_await examine(facts);
  if (!examined) co_return come_in;
  decide_on(facts);
  if (facts.decision.action != Action::send_through) co_return come_in;
  co_return send_through(facts);
}

// For forecasts: of one whose assignment was learnt nothing else tells that its CA is not here. Where a
// leaf may be passed through, its knock is all that comes.
void Admission::note_whether_taken(const Facts& facts) {
  const Judgement& judgement = facts.judgement;
  if (!judgement.by_certificate || facts.attempt.operation || facts.attempt.lookup) return;
  const bool is_nobodys =
      judgement.enrolled == Enrolled::nothing && judgement.verdict.proof == Proof::not_checkable;
  if (is_nobodys || facts.proven())
    ports_.ledger.came_untaken(facts.attempt.id.key(), is_nobodys ? judgement.verdict.reason : Reason::none);
}

// The certificate's CN is the id it asks for: another one is wrong for every enrollment, and is refused.
Answer Admission::send_through(Facts& facts) {
  const Attempt& attempt = facts.attempt;
  std::span<const EnrolledAuthority> authorities;
  if (facts.groups) authorities = authorities_.of(facts.groups);
  ports_.passes->grant(attempt.source.address, attempt.id.text(), marks_of(shown_by(facts), authorities));
  if (facts.proven() && !facts.judgement.enrollment_id.empty())
    ports_.passes->vouch(attempt.id.key(), {facts.judgement.enrollment_id, facts.judgement.enrollment_etag,
                                            facts.judgement.ends});
  if (facts.situation.keeps_coming_back) knocks_.forwarded(attempt.id.key(), LoopClock::now());
  ++tally_.sent_through;
  note(facts, facts.decision.reason, why_not_here(facts.situation));
  Answer answer = refusal(facts.decision.reason);
  answer.elsewhere = true;
  answer.proven = facts.proven();
  return answer;
}

}  // namespace leafgate
