#include "gateway/flows/keys.hpp"

#include "gateway/attestation/sas_token.hpp"

namespace leafgate {
namespace {

Result<void> add_keys(const SealedKey& sealed, bool secondary, const Enrollment& enrollment,
                      const RegistrationId& id, Trust& trust, std::vector<HeldKey>& keys) {
  const std::string row = reference(enrollment);
  if (enrollment.kind == EnrollmentKind::individual) {
    auto key = trust.unseal(sealed, row);
    if (!key) return key.error();
    keys.push_back({std::move(*key), secondary});
    return {};
  }
  for (const std::string_view text : derivation_ids(id)) {
    auto key = trust.derive(sealed, row, text);
    if (!key) return key.error();
    keys.push_back({std::move(*key), secondary});
  }
  return {};
}

}  // namespace

std::string reference(const Enrollment& enrollment) {
  return (enrollment.kind == EnrollmentKind::individual ? "individual " : "group ") + enrollment.id;
}

Result<std::vector<HeldKey>> device_keys(const Enrollment& enrollment, const RegistrationId& id,
                                         Trust& trust) {
  std::vector<HeldKey> keys;
  if (enrollment.primary_key) {
    auto added = add_keys(*enrollment.primary_key, false, enrollment, id, trust, keys);
    if (!added) return added.error();
  }
  if (enrollment.secondary_key) {
    auto added = add_keys(*enrollment.secondary_key, true, enrollment, id, trust, keys);
    if (!added) return added.error();
  }
  return keys;
}

}  // namespace leafgate
