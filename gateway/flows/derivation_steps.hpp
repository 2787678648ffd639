#pragma once

#include <string>
#include <vector>

#include "gateway/flows/ledger.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/ports/trust.hpp"

namespace leafgate {

// One derivation that the TPM may be asked for: by which group key, and from what.
struct DerivationStep {
  std::string enrollment;  // "group ID"
  SealedKey group_key;
  std::string text;  // the registrationId as typed, or in lower case
  friend bool operator==(const DerivationStep&, const DerivationStep&) = default;
};

// A token does not name its group, and a group without `match` takes any id: no more of these are asked.
constexpr std::size_t most_unmatched_groups = 4;

// What may be derived for this leaf by keys in the TPM, in the order in which it is asked for until one
// proves it: by all primary keys from the id as typed, because that is how it is nearly always; then from it
// in lower case; then by the secondary keys. Groups whose `match` names ids go first.
[[nodiscard]] std::vector<DerivationStep> derivation_steps(const std::vector<Enrollment>& groups,
                                                           const RegistrationId& id, const Trust& trust);

// The same by the keys of one enrollment.
[[nodiscard]] std::vector<DerivationStep> derivation_steps(const Enrollment& group, const RegistrationId& id,
                                                           const Trust& trust);

// Whether a key of this enrollment lives in the TPM.
[[nodiscard]] bool is_in_tpm(const Enrollment& enrollment, const Trust& trust);

// How the store names the group key: SHA-256 of it as sealed.
[[nodiscard]] std::string digest_of(const SealedKey& group_key);

// One text for what this step gives: under which enrollment, from what, by which key.
[[nodiscard]] std::string name_of(const DerivationStep& step);

}  // namespace leafgate
