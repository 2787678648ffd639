#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace leafgate::standin {

// A key of a device's TPM.
struct TpmPublic {
  std::string area;  // TPM2B_PUBLIC as the device sent it, its size prefix included (sheet §5.2)
  std::string name;  // 000B and the SHA-256 of what stands behind that prefix
  std::shared_ptr<EVP_PKEY> key;
};

// From base64. Nothing unless it is RSA-2048, restricted to decryption, bound to its TPM, with AES-128-CFB:
// what an EK and a storage key have in common, and all that the credential below depends on.
std::optional<TpmPublic> read_tpm_public(std::string_view base64);

// The authenticationKey (sheet §5.3), base64: `hmac_key` (32 octets) as an object that only the TPM with both
// of these keys can import. `remark` is the trailing field, of which nobody uses the text; clients
// were seen to bear 16..190 octets, and more is cut off.
std::string authentication_key(const TpmPublic& endorsement, const TpmPublic& storage,
                               std::string_view hmac_key, std::string_view remark);

}  // namespace leafgate::standin
