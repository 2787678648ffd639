#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/tpm.hpp"

namespace leafgate {

// TPM attestation from the service's side, in software: reading what a leaf shows of its TPM, and the
// challenge that only this TPM can open. Source: device protocol sheet §5; TPM 2.0 library parts 1 to 3.
// Everything here is pure; any thread.

// A public area that was found to be what it must be.
struct TpmPublic {
  Bytes modulus;       // 256 octets
  Bytes name;          // TPM2B_NAME without its size: 000B and a SHA-256 of the TPMT_PUBLIC
  std::string digest;  // hex SHA-256 of the whole TPM2B_PUBLIC: how records here name the key
  friend bool operator==(const TpmPublic&, const TpmPublic&) = default;
};

// Both take a TPM2B_PUBLIC with its size and nothing behind it: RSA of 2048 bits with the exponent 0 or
// 65537, SHA-256 as nameAlg, AES-128-CFB, no scheme; restricted, decrypt, fixedTPM, fixedParent,
// sensitiveDataOrigin, and no sign: of a key that signs nothing is proved by opening a challenge. Errors:
// malformed; the detail names the field.
// The endorsement key: by the policy of the TCG template (PolicySecret of the endorsement hierarchy), which
// is how SDKs use it.
Result<TpmPublic> read_endorsement_key(ByteView tpm2b_public);
// The storage root key: without a policy.
Result<TpmPublic> read_storage_key(ByteView tpm2b_public);

// Both keys of a leaf.
struct ShownTpm {
  TpmPublic endorsement;
  TpmPublic storage;
};
// Errors: malformed, also where one is missing or no strict base64.
Result<ShownTpm> read_tpm_keys(const TpmKeys& keys);

// The registrationId that DPS gives a TPM by default: base32 of the SHA-256 of the whole TPM2B_PUBLIC.
[[nodiscard]] std::string default_registration_id(ByteView endorsement_public);

using FillRandom = std::function<void(std::span<std::uint8_t>)>;

// The authenticationKey of a challenge (sheet §5.3), 766 octets and `uri_data` behind its size: the HMAC key
// in it reaches only the TPM that has both keys. `hmac_key` has 32 octets; `uri_data` is not empty, nobody
// reads it but every SDK wants it. Errors: malformed (a modulus that OpenSSL does not take).
Result<Bytes> make_challenge(const TpmPublic& endorsement, const TpmPublic& storage, const FillRandom& fill,
                             const crypto::Secret& hmac_key, std::string_view uri_data);

}  // namespace leafgate
