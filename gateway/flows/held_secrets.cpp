#include "gateway/flows/held_secrets.hpp"

#include <algorithm>

#include "gateway/crypto/digest.hpp"
#include "gateway/flows/judge_tpm.hpp"
#include "gateway/flows/keys.hpp"

namespace leafgate {
namespace {

Secrets secrets_for(const Error& error) {
  return error.code == Errc::throttled ? Secrets::locked : Secrets::lost;
}

Secrets opened(const SealedKey& sealed, const std::string& row, Trust& trust) {
  const auto key = trust.unseal(sealed, row);
  return key ? Secrets::open : secrets_for(key.error());
}

Secrets of_head(const SealedKey& sealed, const std::string& row, Trust& trust) {
  const auto can = trust.can_open(sealed, row);
  return can ? Secrets::open : secrets_for(can.error());
}

Secrets of_hub_key(const Registration& registration, Trust& trust, Look look) {
  const auto& assignment = registration.assignment;
  if (!assignment || !assignment->tpm_key) return Secrets::open;
  if (look == Look::at_heads) return of_head(*assignment->tpm_key, tpm_key_row(registration.id), trust);
  const auto key = trust.unseal(*assignment->tpm_key, tpm_key_row(registration.id));
  if (!key) return secrets_for(key.error());
  return key->empty() ? Secrets::lost : Secrets::open;
}

// The TPM is asked for nothing, or gives nothing: what it derived before the leaf came last must do. What is
// not in memory of that lies in the store, sealed; it was put there when a token had proved it.
Secrets of_derived_key(const Registration& registration, const Enrollment& by, Trust& trust) {
  const auto keys = device_keys(by, registration.id, trust);
  if (!keys) return secrets_for(keys.error());
  if (!keys->missing) return Secrets::open;
  const auto& assignment = registration.assignment;
  const bool is_stored = assignment && !assignment->credential.empty() &&
                         is_called(by, assignment->enrollment_id) && assignment->enrollment_etag == by.etag;
  if (is_stored && trust.is_open()) return Secrets::open;
  const bool known =
      assignment && std::any_of(keys->keys.begin(), keys->keys.end(), [&](const HeldKey& held) {
        return crypto::hex(crypto::sha256(held.key.view())) == assignment->credential;
      });
  return known ? Secrets::open : Secrets::locked;
}

}  // namespace

Secrets secrets_of(const Registration& registration, const Enrollment* by, Trust& trust, Look look,
                   bool derives) {
  if (by == nullptr || by->mechanism == Mechanism::tpm) return of_hub_key(registration, trust, look);
  if (by->mechanism != Mechanism::symmetric_key) return Secrets::open;
  bool in_tpm = false;
  for (const auto* sealed : {&by->primary_key, &by->secondary_key}) {
    if (!*sealed) continue;
    const bool is_derived_there = by->kind == EnrollmentKind::group && trust.is_in_tpm(**sealed);
    in_tpm = in_tpm || is_derived_there;
    if (is_derived_there) continue;
    const Secrets found = look == Look::at_heads ? of_head(**sealed, reference(*by), trust)
                                                 : opened(**sealed, reference(*by), trust);
    if (found != Secrets::open) return found;
  }
  if (!in_tpm || (derives && trust.is_open())) return Secrets::open;
  return of_derived_key(registration, *by, trust);
}

}  // namespace leafgate
