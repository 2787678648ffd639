#include "gateway/flows/keys.hpp"

#include "gateway/attestation/sas_token.hpp"
#include "gateway/ports/sealed_rows.hpp"

namespace leafgate {
namespace {

Result<void> add_keys(const SealedKey& sealed, bool secondary, const Enrollment& enrollment,
                      const RegistrationId& id, Trust& trust, DeviceKeys& held) {
  const std::string row = reference(enrollment);
  if (enrollment.kind == EnrollmentKind::individual) {
    auto key = trust.unseal(sealed, row);
    if (!key) return key.error();
    held.keys.push_back({std::move(*key), secondary});
    return {};
  }
  const bool in_tpm = trust.is_in_tpm(sealed);
  for (const std::string_view text : derivation_ids(id)) {
    auto key = trust.derive(sealed, row, text);
    const bool is_missing = !key && in_tpm && key.error().code == Errc::throttled;
    if (!key && !is_missing) return key.error();
    if (is_missing)
      held.missing = true;
    else
      held.keys.push_back({std::move(*key), secondary});
  }
  return {};
}

}  // namespace

std::string reference(const Enrollment& enrollment) {
  return sealed_rows::enrollment(enrollment.kind == EnrollmentKind::individual, enrollment.id);
}

bool is_called(const Enrollment& enrollment, std::string_view reference) {
  return sealed_rows::is_enrollment(enrollment.kind == EnrollmentKind::individual, enrollment.id, reference);
}

Result<DeviceKeys> device_keys(const Enrollment& enrollment, const RegistrationId& id, Trust& trust) {
  DeviceKeys keys;
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
