#pragma once

#include <cstdint>

#include <tss2/tss2_mu.h>
#include <tss2/tss2_tpm2_types.h>

#include "adapters/tpm/failure.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/tpm.hpp"

namespace leafgate::tpm {

// Handles that are common ground with other programs (tpm.md §2.1): read, and never written, but for a
// storage key that is missing.
inline constexpr TPM2_HANDLE endorsement_handle = 0x8101'0001;
inline constexpr TPM2_HANDLE storage_handle = 0x8100'0001;
inline constexpr TPM2_HANDLE dps_client_handle = 0x8100'0100;  // where SDKs of DPS keep their hub key

// Public areas by which the TPM makes keys.
[[nodiscard]] TPM2B_PUBLIC endorsement_template();  // TCG EK Credential Profile, template L-1: RSA-2048
[[nodiscard]] TPM2B_PUBLIC storage_template();      // TCG Provisioning Guidance: RSA-2048 SRK
[[nodiscard]] TPM2B_PUBLIC signing_template(std::uint32_t epoch);  // restricted, ECDSA P-256, SHA-256
[[nodiscard]] TPM2B_PUBLIC hmac_template();                        // HMAC-SHA256: sign, userWithAuth, noDA
[[nodiscard]] TPM2B_PUBLIC sealed_template(const TPM2B_DIGEST& policy);
[[nodiscard]] TPM2B_NV_PUBLIC counter_template(std::uint32_t index);

[[nodiscard]] bool is_rsa_2048(const TPM2B_PUBLIC& area);
[[nodiscard]] bool is_storage_key(const TPM2B_PUBLIC& area);

// The name of an object: 000B and the SHA-256 of its TPMT_PUBLIC.
[[nodiscard]] Bytes name_of(const TPM2B_PUBLIC& area);

// Policies that need no TPM to be computed.
[[nodiscard]] TPM2B_DIGEST unseal_policy();  // PolicyCommandCode(Unseal)
[[nodiscard]] TPM2B_DIGEST approved_policy(
    ByteView approver_name);  // PolicyAuthorize(approver, no reference)

[[nodiscard]] Bytes marshalled(const TPM2B_PUBLIC& area);
[[nodiscard]] Bytes marshalled(const TPM2B_PRIVATE& area);
[[nodiscard]] Bytes marshalled(const TPMT_SIGNATURE& signature);

struct ObjectParts {
  TPM2B_PRIVATE private_area{};
  TPM2B_PUBLIC public_area{};
};
// Errors: malformed, where a part is no such structure to its last octet.
Outcome<ObjectParts> parts_of(const TpmObject& object);
[[nodiscard]] TpmObject object_of(const TPM2B_PRIVATE& private_area, const TPM2B_PUBLIC& public_area);

}  // namespace leafgate::tpm
