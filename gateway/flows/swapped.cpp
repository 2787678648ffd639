#include "gateway/flows/swapped.hpp"

namespace leafgate {

bool is_swapped(const Assignment& assignment, const Judgement& judgement, const Enrollment* by) {
  const std::string& now = judgement.verdict.credential;
  if (by == nullptr || now.empty() || assignment.credential.empty() || assignment.credential == now)
    return false;
  if (judgement.verdict.secondary || by->origin == EnrollmentOrigin::service) return false;
  // What a TPM earned before an enrollment here named it.
  if (assignment.enrollment_id.empty()) return judgement.by_tpm;
  if (assignment.enrollment_id != judgement.enrollment_id) return true;
  if (assignment.enrollment_etag == judgement.enrollment_etag) return false;
  return by->kind == EnrollmentKind::individual && by->mechanism != Mechanism::symmetric_key;
}

}  // namespace leafgate
