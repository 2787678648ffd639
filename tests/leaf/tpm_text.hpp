#pragma once

#include <string>
#include <string_view>

namespace leafgate::leaf {

// DPS's rule for a TPM without an id of its own: base32 of SHA-256 of the EK's TPM2B_PUBLIC (device sheet
// §5.2).
std::string tpm_registration_id(std::string_view endorsement_area);

// A TPM2B_PUBLIC like this one, of a key that no TPM has: another modulus.
std::string forged_area(std::string area);

std::string random_key();

// What a token of TPM attestation signs, with %2F as C#, Java and Node write it.
struct TokenText {
  std::string resource;
  std::string expires;
  std::string to_sign() const { return resource + "\n" + expires; }
  // With the octets of the signature.
  std::string token(std::string_view signature) const;
};
TokenText token_text(std::string_view id_scope, std::string_view registration_id, long long expires);

}  // namespace leafgate::leaf
