#pragma once

#include <optional>
#include <string>

#include "gateway/model/reason.hpp"
#include "gateway/model/result.hpp"
#include "gateway/ports/audit_log.hpp"
#include "gateway/ports/tpm.hpp"
#include "gateway/ports/trust.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// How the gateway's own registration with the service stands.
enum class OwnRegistrationState {
  off,      // gateway.identity does not ask for it
  waiting,  // for the TPM or the service; tried again by itself
  refused,  // by the service, or because another client of DPS uses this TPM
  assigned,
};
[[nodiscard]] std::string_view to_text(OwnRegistrationState state);

struct OwnRegistrationReport {
  OwnRegistrationState state = OwnRegistrationState::off;
  std::string detail;  // why it is not assigned
  std::string assigned_hub;
  std::string device_id;
};

// What an operator must enroll for this gateway: an individual enrollment of type tpm.
struct TpmIdentityReport {
  std::string registration_id;   // configured, else by DPS's rule from the endorsement key
  std::string endorsement_key;   // base64 of TPM2B_PUBLIC
  std::string storage_root_key;  // likewise; DPS does not need it
  std::string signing_key;       // PEM of the attestation key, for `verify`; empty before set-up
  OwnRegistrationReport own;
};

struct TpmReport {
  std::string mode;  // tpm.mode
  std::string tcti;
  TpmFacts tpm;
  Protection protection = Protection::unprotected;
  bool secrets_open = false;
  std::string secrets_detail;       // why they are locked, or what is going on with them
  bool recovery_copy = false;       // the sealed key can be opened with the offline recovery key
  std::optional<TpmAnchor> anchor;  // none before set-up
  Reason doubt = Reason::none;      // why nobody is answered from the store
  std::uint64_t epoch = 0;          // the last one a checkpoint was signed in
  std::uint64_t checkpoints = 0;
  std::uint64_t unsigned_checkpoints = 0;
};

struct TpmSetUpWish {
  std::string recovery_key;  // PEM of the public key that gets a copy of the store's key; empty: no copy
};

// Inward: all that the engineer may ask of the gateway's TPM. Any loop; answers on the caller's. What changes
// something stands in the audit log before it is done.
class TpmOperator {
 public:
  virtual ~TpmOperator() = default;
  virtual Task<TpmReport> tpm_status() = 0;
  // Errors: the port Tpm's.
  virtual Task<Result<TpmIdentityReport>> tpm_identity() = 0;
  // Writes to the TPM, and seals the store's secrets with it. What was done once is not done again: a repeat
  // finishes what was interrupted. Errors: the port Tpm's; malformed (the recovery key); the store's.
  virtual Task<Result<void>> tpm_set_up(TpmSetUpWish wish, Actor who) = 0;
  // Takes the state folder and this TPM as belonging together from now on: what is remembered counts again.
  // Errors: conflict (nothing is in doubt), the port Tpm's, the store's.
  virtual Task<Result<void>> tpm_accept(Actor who) = 0;
};

}  // namespace leafgate
