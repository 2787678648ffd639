#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/model/bytes.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// What a leaf shows of its TPM, as the wire carries it: base64 of the marshalled TPM2B_PUBLIC, its size
// prefix included. Source: device protocol sheet §5.2.
struct TpmKeys {
  std::string endorsement_key;
  std::string storage_root_key;
  [[nodiscard]] bool empty() const { return endorsement_key.empty() && storage_root_key.empty(); }
  friend bool operator==(const TpmKeys&, const TpmKeys&) = default;
};

// How it stands with the gateway's own TPM (design tpm.md §7.3).
enum class TpmState : std::uint8_t {
  off,        // the configuration wants none
  absent,     // none was found yet; it is looked for again and again
  ready,      // it is there, and the one that is expected
  lost,       // it does not answer any more
  restarted,  // it lost its memory and everything is being built anew
  locked,     // its dictionary attack protection is on
  failed,     // it is in failure mode
  foreign,    // it is not the one this state folder belongs to, or it was cleared
};
[[nodiscard]] std::string_view to_text(TpmState state);

// An object of the TPM outside of it: TPM2B_PRIVATE and TPM2B_PUBLIC as marshalled, under the SRK.
struct TpmObject {
  Bytes private_area;
  Bytes public_area;
  friend bool operator==(const TpmObject&, const TpmObject&) = default;
};

// How the TPM of this state folder is known again; made by set-up, nothing of it is secret. Names are
// TPM2B_NAME without its size: 000B and a SHA-256.
struct TpmAnchor {
  Bytes endorsement_name;            // of the EK that was found, or of the one by the TCG template
  Bytes storage_name;                // of the SRK, pinned: sessions are salted with this key alone
  std::uint32_t storage_handle = 0;  // 0x81000001 as a rule
  std::uint32_t signing_epoch = 0;   // which attestation key: it stands in its template's `unique`
  Bytes signing_public;              // TPM2B_PUBLIC of the attestation key
  std::uint32_t counter_index = 0;   // the NV index of the epoch counter
  Bytes counter_name;                // of that index, once written
  friend bool operator==(const TpmAnchor&, const TpmAnchor&) = default;
};

// What the attestation key said over the epoch counter (TPM2_NV_Certify).
struct TpmStatement {
  Bytes attest;     // TPMS_ATTEST as marshalled, what is signed
  Bytes signature;  // TPMT_SIGNATURE as marshalled: ECDSA P-256 with SHA-256
  std::uint64_t counter = 0;
  friend bool operator==(const TpmStatement&, const TpmStatement&) = default;
};

}  // namespace leafgate
