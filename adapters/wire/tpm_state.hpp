#pragma once

#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

// What a TPM adds to the bodies of the DPS device API (device protocol sheet §5). Pure; any thread.
namespace leafgate::wire {

// 401: the challenge for a TPM. Without `status`: C takes its absence for the challenge.
[[nodiscard]] std::string challenge_body(std::string_view message, std::string_view authentication_key);

// A registrationState, and the tpm.authenticationKey that was in it.
struct TpmState {
  std::string state;
  std::string key;  // base64; empty: there was none
};
// The rest of `state` octet for octet; where the key stood alone, an empty `tpm` stays. Errors: malformed (no
// object, tpm is none, or the key is no string).
Result<TpmState> without_tpm_key(std::string_view state);

// Puts the key back where without_tpm_key() took it from: behind the other members of `tpm`, which is made
// where there is none. Nothing is added for an empty key, nor to what is no object, nor beside another key.
[[nodiscard]] std::string with_tpm_key(std::string_view state, std::string_view key);

}  // namespace leafgate::wire
