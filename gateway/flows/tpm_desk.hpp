#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/flows/audited.hpp"
#include "gateway/flows/checkpoints.hpp"
#include "gateway/flows/custody.hpp"
#include "gateway/flows/group_keys.hpp"
#include "gateway/flows/own_registration.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/tpm_operator.hpp"

namespace leafgate {

// Answers the engineer about the gateway's TPM and what hangs on it, and does what he asks for. Lives on the
// first loop; may be asked from any.
class TpmDesk : public TpmOperator {
 public:
  // All outlive it.
  struct Ports {
    Tpm& tpm;
    KeyRing& ring;
    Custody& custody;
    Checkpoints& checkpoints;
    ReceiptLog& receipts;
    GroupKeys& group_keys;
    OwnRegistration& own;
    WallClock& clock;
    Audited audited;
  };
  struct Facts {
    std::string mode;  // tpm.mode
    std::string tcti;
    std::uint32_t counter_index = 0;
  };
  struct Hooks {
    // This TPM belongs to the state folder from now on: whoever keeps what hangs on it reads it again.
    std::function<Task<void>()> belongs;
  };
  TpmDesk(Executor first_loop, Ports ports, Facts facts, Hooks hooks);

  Task<TpmReport> tpm_status() override;
  Task<Result<TpmIdentityReport>> tpm_identity() override;
  Task<Result<void>> tpm_set_up(TpmSetUpWish wish, Actor who) override;
  Task<Result<void>> tpm_accept(Actor who) override;

  // Which degraded modes the TPM brings, each with its consequence. First loop.
  [[nodiscard]] std::vector<DegradedMode> troubles() const;
  // Whether a TPM is required and not there: the gateway is not ready then. First loop.
  [[nodiscard]] bool is_missed() const;
  // The state of the TPM has changed.
  void tpm_changed();

 private:
  Task<TpmReport> status_here();
  Task<Result<TpmIdentityReport>> identity_here();
  Task<Result<void>> set_up_here(TpmSetUpWish wish);
  Task<Result<void>> accept_here();

  Executor first_loop_;
  Ports ports_;
  Facts facts_;
  Hooks hooks_;
  TpmState state_ = TpmState::off;
  WallTime since_{};
};

}  // namespace leafgate
