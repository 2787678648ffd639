#include "gateway/attestation/match.hpp"

#include <algorithm>

namespace leafgate {
namespace {

bool has_key(const Enrollment* enrollment) { return enrollment->primary_key || enrollment->secondary_key; }

}  // namespace

Match match_symmetric(const std::optional<Enrollment>& individual, std::span<const Enrollment> groups,
                      std::string_view registration_key) {
  Match match;
  if (individual) {
    match.enrollments.push_back(&*individual);
    if (individual->mechanism != Mechanism::symmetric_key) {
      match.reason = Reason::mechanism_mismatch;
      return match;
    }
  } else {
    for (const Enrollment& group : groups)
      if (group.mechanism == Mechanism::symmetric_key && matches(group, registration_key))
        match.enrollments.push_back(&group);
  }
  if (match.enrollments.empty())
    match.reason = Reason::unknown_enrollment;
  else if (std::none_of(match.enrollments.begin(), match.enrollments.end(), has_key))
    match.reason = Reason::enrollment_without_key;
  return match;
}

}  // namespace leafgate
