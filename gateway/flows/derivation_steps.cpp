#include "gateway/flows/derivation_steps.hpp"

#include "gateway/attestation/match.hpp"
#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/keys.hpp"

namespace leafgate {
namespace {

using SealedOf = std::optional<SealedKey> Enrollment::*;

std::vector<DerivationStep> steps_of(const std::vector<const Enrollment*>& candidates,
                                     const RegistrationId& id, const Trust& trust) {
  std::vector<DerivationStep> steps;
  for (const SealedOf which : {&Enrollment::primary_key, &Enrollment::secondary_key}) {
    for (const std::string_view text : derivation_ids(id)) {
      for (const Enrollment* group : candidates) {
        const std::optional<SealedKey>& key = group->*which;
        if (key && trust.is_in_tpm(*key)) steps.push_back({reference(*group), *key, std::string(text)});
      }
    }
  }
  return steps;
}

}  // namespace

bool is_in_tpm(const Enrollment& enrollment, const Trust& trust) {
  return (enrollment.primary_key && trust.is_in_tpm(*enrollment.primary_key)) ||
         (enrollment.secondary_key && trust.is_in_tpm(*enrollment.secondary_key));
}

std::vector<DerivationStep> derivation_steps(const std::vector<Enrollment>& groups, const RegistrationId& id,
                                             const Trust& trust) {
  std::vector<const Enrollment*> candidates;
  std::vector<const Enrollment*> unmatched;
  for (const Enrollment* group : match_symmetric(std::nullopt, groups, id.key()).enrollments) {
    if (!is_in_tpm(*group, trust)) continue;
    if (!group->match.empty())
      candidates.push_back(group);
    else if (unmatched.size() < most_unmatched_groups)
      unmatched.push_back(group);
  }
  candidates.insert(candidates.end(), unmatched.begin(), unmatched.end());
  return steps_of(candidates, id, trust);
}

std::vector<DerivationStep> derivation_steps(const Enrollment& group, const RegistrationId& id,
                                             const Trust& trust) {
  return steps_of({&group}, id, trust);
}

std::string digest_of(const SealedKey& group_key) {
  return std::string(as_text(crypto::sha256(as_bytes(group_key.blob))));
}

std::string name_of(const DerivationStep& step) {
  return step.enrollment + '\n' + step.text + '\n' + digest_of(step.group_key);
}

}  // namespace leafgate
