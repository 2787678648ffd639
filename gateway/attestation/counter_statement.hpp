#pragma once

#include <cstdint>

#include "gateway/crypto/digest.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate {

// What an attestation key of a TPM says over its epoch counter: TPM2_NV_Certify, TPM 2.0 Library Part 2
// §10.12 and §12.2. Decoders take the marshalled octets whole, strictly, and know the one shape that the
// gateway makes: ECC P-256, restricted to signing, ECDSA with SHA-256. All is pure; any thread.

// TPMS_ATTEST of type TPM_ST_ATTEST_NV over 8 octets from the start of an index.
struct CounterStatement {
  Bytes signer;  // qualified name: which key, and in which hierarchy
  Bytes extra;   // what the caller had signed with it
  std::uint64_t clock = 0;
  std::uint32_t reset_count = 0;
  std::uint32_t restart_count = 0;
  bool safe = false;
  std::uint64_t firmware = 0;
  Bytes index;  // the name of the counter
  std::uint64_t counter = 0;
};
Result<CounterStatement> parse_counter_statement(ByteView attest);

// From a TPM2B_PUBLIC: size, then TPMT_PUBLIC.
struct SigningKey {
  Bytes point;           // 04, x, y
  Bytes qualified_name;  // of this key as a primary one of the endorsement hierarchy
};
Result<SigningKey> parse_signing_key(ByteView public_area);

// Whether the key with this public area signed a statement over a counter with `extra` in it. Errors:
// malformed; refused, the detail says which part is not true.
Result<CounterStatement> verify_counter_statement(ByteView attest, ByteView signature, ByteView public_area,
                                                  const crypto::Digest& extra);

}  // namespace leafgate
