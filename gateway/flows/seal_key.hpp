#pragma once

#include <optional>
#include <string>

#include "gateway/flows/group_keys.hpp"
#include "gateway/ports/trust.hpp"

namespace leafgate {

// Seals a key of an enrollment for the store, named by its reference() (flows/keys.hpp). That of a group goes
// through `group_keys` (null: like any other), for which `held` is what stands in its place. Errors: Trust's,
// the TPM's.
Task<Result<SealedKey>> seal_key(crypto::Secret key, EnrollmentKind kind, std::string enrollment,
                                 std::optional<SealedKey> held, Trust& trust, GroupKeys* group_keys);

}  // namespace leafgate
