#pragma once

#include <functional>
#include <optional>
#include <string>

#include "gateway/crypto/document_signature.hpp"
#include "gateway/flows/admit.hpp"
#include "gateway/flows/audited.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/ports/deny_operator.hpp"
#include "gateway/ports/operator.hpp"

namespace leafgate {

// Who is kept out and who is let in by hand: writes it down, and sees to it that it counts at once, for
// connections that are open and operations that wait too. Lives on the first loop; may be asked from any.
class DenyDesk : public DenyOperator {
 public:
  // All outlive it.
  struct Ports {
    Denials& store;
    Gatekeeper& gate;
    Ledger& ledger;
    Forwarder& forwarder;
    Admission& admission;
    Passes* passes;  // null: nothing is passed through
    WallClock& clock;
    Audited audited;
  };
  // `signer`: of deny lists; none: no list is taken.
  DenyDesk(Executor first_loop, Ports ports, IdScope scope, std::optional<crypto::DocumentVerifier> signer);
  ~DenyDesk() override;
  DenyDesk(const DenyDesk&) = delete;
  DenyDesk& operator=(const DenyDesk&) = delete;

  // What was kept, before anybody is answered. Errors: the store's.
  Task<Result<void>> load();
  // Called on the first loop when a list of another number has been taken: what the TPM counts moves on.
  void on_number(std::function<void()> hook) { on_number_ = std::move(hook); }
  // Why deny.url gave nothing that could be taken; empty ends it. First loop.
  void note_fetch_trouble(std::string trouble);
  // A connection that passes to the service has shown this certificate in clear: it ends when that is kept
  // out, now or later. Where the tunnel says that somebody passes (Passes::on_shown). First loop.
  Task<void> look_at(std::shared_ptr<Presence> connection, std::string address,
                     crypto::Certificate certificate);
  // Degraded modes: lists that are not taken, leaves that may be copies. First loop.
  [[nodiscard]] std::vector<DegradedMode> troubles() const;

  Task<DenyReport> deny_report(std::size_t most) override;
  Task<Result<DenyEffect>> import_denials(SignedDenyList list, Actor who) override;
  Task<Result<DenyEffect>> deny(Denial entry, Actor who) override;
  Task<Result<DenyEffect>> lift(DenyKind kind, std::string value, Actor who) override;
  Task<std::vector<HeldLeaf>> held() override;
  Task<Result<Approval>> approve(RegistrationId id, std::string credential, Actor who) override;
  Task<Result<void>> reject(RegistrationId id, Actor who) override;

 private:
  Task<DenyReport> report_here(std::size_t most);
  Task<Result<DenyEffect>> import_here(SignedDenyList list, Actor who);
  Task<Result<DenyEffect>> deny_here(Denial entry, Actor who);
  Task<Result<DenyEffect>> lift_here(DenyKind kind, std::string value, Actor who);
  Task<std::vector<HeldLeaf>> held_here();
  Task<Result<Approval>> approve_here(RegistrationId id, std::string credential, Actor who);
  Task<Result<void>> reject_here(RegistrationId id, Actor who);

  [[nodiscard]] Result<bool> is_new(const SignedDenyList& list, const std::string& digest) const;
  Task<Result<void>> take(SignedDenyList& list, std::string digest, DenyEffect& effect);
  Task<Result<void>> put(Denial& entry, DenyEffect& effect);
  Task<Result<void>> remove(DenyKind kind, std::string value, DenyEffect& effect);
  Task<Result<void>> write(OperatorWord word);
  Task<void> act(DenyEffect& effect);
  Task<std::span<const EnrolledAuthority>> authorities();
  Task<void> end_rejected(OperatorWord word);
  [[nodiscard]] DenyEffect effect_now() const;

  Executor first_loop_;
  Ports ports_;
  IdScope scope_;
  std::optional<crypto::DocumentVerifier> signer_;
  Authorities authorities_;
  std::function<void()> on_number_;
  std::string fetch_trouble_;
  WallTime fetch_troubled_since_{};
  bool busy_ = false;  // a list is being taken
};

}  // namespace leafgate
