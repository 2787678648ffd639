#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/tpm.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// What `status` tells of the gateway's TPM.
struct TpmFacts {
  TpmState state = TpmState::off;
  std::string detail;                 // why it is not ready, or what is wrong with it, in a line
  bool set_up = false;                // an anchor is expected of it
  std::string vendor;                 // manufacturer and firmware, as it says: "IBM SW TPM 8217.4131"
  std::uint32_t lockout_counter = 0;  // failed authorizations that count
  std::uint32_t lockout_limit = 0;
  Seconds lockout_recovery{0};  // until one of them is forgiven
  std::uint64_t commands = 0;   // sent since start
  std::size_t waiting = 0;      // requests in the queue
  std::uint32_t reset_count = 0;
};

// What an operator must enroll where the gateway itself registers with the service by its TPM.
struct TpmIdentity {
  Bytes endorsement_public;   // TPM2B_PUBLIC with its size, as DPS takes it
  Bytes storage_public;       // of an RSA-2048 storage key: the SRK, or one of our own where the SRK is none
  bool other_client = false;  // 0x81000100 is taken, where SDKs of DPS keep the key they registered with
};

// Sealing is bound to these registers, by the approval of a key outside of the TPM: what was sealed stays
// readable over an update that this key approves (tpm.md §3, PolicyAuthorize). No registers: to the TPM
// alone.
struct TpmSealPolicy {
  std::vector<std::uint32_t> registers;  // of the SHA-256 bank
  std::string approver;                  // PEM of the public key that approves states; with registers only
  Bytes approval;                        // its signature over the policy that holds now, DER
};

struct TpmSetUp {
  std::uint32_t counter_index = 0x0180'1F50;
  crypto::Secret counter_auth;  // 32 octets
};

// An HMAC key that lives in the TPM, and the value that opens it.
struct TpmHmacKey {
  TpmObject object;
  crypto::Secret auth;
};

// Outward: the gateway's own TPM. First loop only. Each call waits for its turn on the TPM's thread, and no
// longer than its deadline; whoever answers leaves waits for none of them. Of those that wait, what signs and
// counts goes before what strangers ask for.
// Errors: throttled (not now: absent, lost, locked, failed, or too many wait), timed_out, refused (it said
// no: another TPM, another state, a false value), unsupported (off, or not set up), conflict (set_up: in use
// by somebody else), stopped.
class Tpm {
 public:
  virtual ~Tpm() = default;

  [[nodiscard]] virtual TpmFacts facts() const = 0;  // any thread
  // Called on the first loop after the state has changed. One hook.
  virtual void on_change(std::function<void()> hook) = 0;
  // Which TPM this state folder belongs to: any other is `foreign`. Without it nothing is expected.
  virtual void expect(std::optional<TpmAnchor> anchor) = 0;

  virtual Task<Result<TpmIdentity>> identity() = 0;

  // Writes to the TPM, and so only when an operator asks: keeps the SRK that is there or makes it persistent,
  // defines the epoch counter or adopts the one that `counter_auth` opens, makes the attestation key. What
  // is there is never destroyed. Then this TPM is the expected one.
  virtual Task<Result<TpmAnchor>> set_up(TpmSetUp wanted) = 0;

  // A secret of up to 64 octets under the SRK: fixedTPM, fixedParent, noDA, by policy alone.
  virtual Task<Result<TpmObject>> seal(crypto::Secret secret, TpmSealPolicy policy) = 0;
  virtual Task<Result<crypto::Secret>> unseal(TpmObject sealed, TpmSealPolicy policy) = 0;

  // An HMAC-SHA256 key as an object that cannot leave this TPM: sign, userWithAuth, noDA.
  virtual Task<Result<TpmObject>> make_hmac_key(crypto::Secret key, crypto::Secret auth) = 0;
  // 32 octets. One command where the key was the last one used, two where it was used since the TPM came up.
  virtual Task<Result<crypto::Secret>> hmac(TpmHmacKey key, std::string message) = 0;

  virtual Task<Result<std::uint64_t>> read_epoch(crypto::Secret counter_auth) = 0;
  virtual Task<Result<std::uint64_t>> advance_epoch(crypto::Secret counter_auth) = 0;
  // One command: the attestation key signs the counter and `extra`.
  virtual Task<Result<TpmStatement>> certify_epoch(crypto::Secret counter_auth,
                                                   std::array<std::uint8_t, 32> extra) = 0;

  // The gateway as a leaf: takes in the authenticationKey of a challenge or of an assignment (device protocol
  // sheet §5.3), and gives the HMAC key it carries, an object under this TPM's storage key without an
  // authValue.
  virtual Task<Result<TpmObject>> activate(Bytes authentication_key) = 0;
};

}  // namespace leafgate
