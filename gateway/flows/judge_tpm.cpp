#include "gateway/flows/judge_tpm.hpp"

namespace leafgate {
namespace {

Verdict good(const ShownTpm& shown) {
  Verdict verdict = verdict_of(Proof::good, Reason::none);
  verdict.credential = shown.endorsement.digest;
  return verdict;
}

}  // namespace

bool is_learnt_by_tpm(const Assignment& assignment) {
  return assignment.tpm_key && assignment.enrollment_id.empty() && !assignment.credential.empty();
}

std::string tpm_key_row(const RegistrationId& id) { return "registration " + id.key(); }

Judgement judge_tpm_keys(const TpmKeys& text, const Result<ShownTpm>& shown,
                         const Ledger::IndividualEnrollment& individual,
                         const std::optional<Assignment>& assignment, bool learnt_count) {
  Verdict verdict = verdict_of(Proof::not_checkable, Reason::none);
  if (!shown)
    verdict = verdict_of(Proof::proven_false, Reason::tpm_keys_malformed, shown.error().detail);
  else if (individual && individual->endorsement_key == text.endorsement_key)
    verdict = good(*shown);
  else if (individual && !individual->endorsement_key.empty())
    verdict = verdict_of(Proof::proven_false, Reason::tpm_key_differs);
  if (individual) {
    const bool held = !individual->endorsement_key.empty();
    Judgement judgement =
        judgement_by(*individual, held ? Enrolled::enabled : Enrolled::without_key, std::move(verdict));
    judgement.by_tpm = true;
    return judgement;
  }
  Judgement judgement;
  judgement.by_tpm = true;
  const bool learnt = shown && learnt_count && assignment && is_learnt_by_tpm(*assignment) &&
                      assignment->credential == shown->endorsement.digest;
  if (learnt) {
    judgement.enrolled = Enrolled::enabled;
    verdict = good(*shown);
  }
  judgement.verdict = std::move(verdict);
  return judgement;
}

}  // namespace leafgate
