#pragma once

#include "gateway/attestation/tpm_credential.hpp"
#include "gateway/flows/judge.hpp"

namespace leafgate {

// What a leaf with a TPM came for: its challenge, its registration with the token it signed, or a poll.
enum class TpmStep { none, asks, brings, polls };

// What the keys that a leaf shows of its TPM are worth here: good when they are the enrolled ones, or, where
// nothing is enrolled, those whose round the service once ended `assigned` (semantics §5), if `learnt_count`.
// That the leaf has the TPM to these public keys, only its token shows. `text` is what `shown` was read from.
// Pure.
[[nodiscard]] Judgement judge_tpm_keys(const TpmKeys& text, const Result<ShownTpm>& shown,
                                       const Ledger::IndividualEnrollment& individual,
                                       const std::optional<Assignment>& assignment, bool learnt_count);

// Whether this assignment was earned by a TPM that no enrollment here names.
[[nodiscard]] bool is_learnt_by_tpm(const Assignment& assignment);

// For which row the key that a leaf with a TPM has for its hub is sealed.
[[nodiscard]] std::string tpm_key_row(const RegistrationId& id);

}  // namespace leafgate
