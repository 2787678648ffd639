#pragma once

#include "adapters/tpm/bench.hpp"
#include "gateway/model/tpm.hpp"

namespace leafgate::tpm {

// The parts of an authenticationKey (device protocol sheet §5.3). The trailing data nobody reads is checked
// and dropped.
struct AuthenticationKey {
  TPM2B_ID_OBJECT credential{};
  TPM2B_ENCRYPTED_SECRET seed{};
  TPM2B_PRIVATE duplicate{};
  TPM2B_ENCRYPTED_SECRET outer_seed{};
  TPM2B_PUBLIC area{};
};
// Errors: malformed. Pure.
Result<AuthenticationKey> parse_authentication_key(ByteView octets);

// As the port says of activate().
Outcome<TpmObject> activate(Bench& bench, const AuthenticationKey& key);

}  // namespace leafgate::tpm
