#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leafgate::leaf {

std::string base64(std::string_view octets);
std::optional<std::string> from_base64(std::string_view text);
// RFC 4648, small letters, no padding.
std::string base32(std::string_view octets);

// DPS's rule for a TPM without an id of its own: base32 of SHA-256 of the EK's TPM2B_PUBLIC (device sheet
// §5.2).
std::string tpm_registration_id(std::string_view endorsement_area);

// A TPM2B_PUBLIC like this one, of a key that no TPM has: another modulus.
std::string forged_area(std::string area);

std::string random_key();
std::string software_hmac(std::string_view key, std::string_view text);

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
