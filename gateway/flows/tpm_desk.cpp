#include "gateway/flows/tpm_desk.hpp"

#include "gateway/attestation/counter_statement.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/p256.hpp"
#include "gateway/flows/degraded.hpp"

namespace leafgate {
namespace {

Reason reason_of(TpmState state) {
  switch (state) {
    case TpmState::absent:
      return Reason::tpm_absent;
    case TpmState::lost:
    case TpmState::restarted:
      return Reason::tpm_lost;
    case TpmState::locked:
      return Reason::tpm_locked;
    case TpmState::failed:
      return Reason::tpm_failed;
    case TpmState::foreign:
      return Reason::tpm_foreign;
    case TpmState::off:
    case TpmState::ready:
      break;
  }
  return Reason::none;
}

}  // namespace

TpmDesk::TpmDesk(Executor first_loop, Ports ports, Facts facts, Hooks hooks)
    : first_loop_(first_loop), ports_(std::move(ports)), facts_(std::move(facts)), hooks_(std::move(hooks)) {
  tpm_changed();
}

Task<TpmReport> TpmDesk::tpm_status() {
  auto here = status_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<TpmIdentityReport>> TpmDesk::tpm_identity() {
  auto here = identity_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> TpmDesk::tpm_set_up(TpmSetUpWish wish, Actor who) {
  const std::string object = wish.recovery_key.empty() ? "without a recovery copy" : "with a recovery copy";
  auto change = set_up_here(std::move(wish));
  auto here = ports_.audited.carry(std::move(who), "tpm setup", object, std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> TpmDesk::tpm_accept(Actor who) {
  auto change = accept_here();
  auto here = ports_.audited.carry(std::move(who), "tpm accept", "this TPM", std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<TpmReport> TpmDesk::status_here() {
  TpmReport report;
  report.mode = facts_.mode;
  report.tcti = facts_.tcti;
  report.tpm = ports_.tpm.facts();
  const CustodyFacts custody = ports_.custody.facts();
  report.protection = custody.protection;
  report.secrets_open = custody.open;
  report.secrets_detail = custody.why;
  report.recovery_copy = custody.recovery_copy;
  report.doubt = ports_.checkpoints.doubt();
  auto belonging = co_await ports_.ring.belonging();
  if (belonging && *belonging) report.anchor = (*belonging)->anchor;
  auto told = co_await ports_.receipts.newest_signed();
  if (told && *told) report.epoch = (*told)->epoch;
  auto newest = co_await ports_.receipts.newest();
  if (newest && *newest) report.checkpoints = static_cast<std::uint64_t>((*newest)->sequence);
  auto waiting = co_await ports_.receipts.first_unsigned();
  if (waiting && *waiting)
    report.unsigned_checkpoints = report.checkpoints - static_cast<std::uint64_t>((*waiting)->sequence) + 1;
  co_return report;
}

Task<Result<TpmIdentityReport>> TpmDesk::identity_here() {
  auto identity = co_await ports_.tpm.identity();
  if (!identity) co_return identity.error();
  TpmIdentityReport report;
  report.registration_id = ports_.own.registration_id(*identity);
  report.endorsement_key = crypto::base64::encode(identity->endorsement_public);
  report.storage_root_key = crypto::base64::encode(identity->storage_public);
  report.own = ports_.own.report();
  auto belonging = co_await ports_.ring.belonging();
  if (belonging && *belonging && (*belonging)->anchor) {
    const auto key = parse_signing_key((*belonging)->anchor->signing_public);
    if (key) report.signing_key = crypto::p256_pem(key->point);
  }
  co_return report;
}

// Each part finds what an earlier, interrupted set-up has done.
Task<Result<void>> TpmDesk::set_up_here(TpmSetUpWish wish) {
  CustodySetUp wanted;
  wanted.counter_index = facts_.counter_index;
  wanted.recovery = std::move(wish.recovery_key);
  auto done = co_await ports_.custody.set_up(std::move(wanted));
  if (!done) co_return done.error();
  if (hooks_.belongs) co_await hooks_.belongs();
  auto moved = co_await ports_.group_keys.move_group_keys();
  if (!moved) co_return moved.error();
  ports_.checkpoints.key_changed();
  co_return Result<void>();
}

Task<Result<void>> TpmDesk::accept_here() {
  if (ports_.checkpoints.doubt() == Reason::none && !ports_.checkpoints.is_contested() &&
      ports_.tpm.facts().state == TpmState::foreign)
    co_return Error(
        Errc::conflict,
        "this TPM is another one, or was cleared: what runs goes on, and there is nothing to accept "
        "before the next start");
  if (ports_.checkpoints.doubt() == Reason::none && !ports_.checkpoints.is_contested())
    co_return Error(Errc::conflict, "nothing is in doubt: this state folder and this TPM belong together");
  // Nobody's word opens what another TPM has sealed.
  if (ports_.tpm.facts().state == TpmState::foreign)
    co_return Error(Errc::refused,
                    "the secrets of this state folder are sealed by another TPM: bring that one back, or "
                    "leafgatectl restore FILE; without a backup begin with an empty state folder, and import "
                    "the enrollments again");
  auto accepted = co_await ports_.checkpoints.accept();
  co_return accepted;
}

void TpmDesk::tpm_changed() {
  const TpmFacts facts = ports_.tpm.facts();
  if (facts.state == state_ && since_ != WallTime{}) return;
  state_ = facts.state;
  since_ = ports_.clock.now().at;
}

bool TpmDesk::is_missed() const { return facts_.mode == "require" && state_ != TpmState::ready; }

std::vector<DegradedMode> TpmDesk::troubles() const {
  std::vector<DegradedMode> out;
  const TpmFacts facts = ports_.tpm.facts();
  const CustodyFacts custody = ports_.custody.facts();
  // A machine without one, that nobody set up, is as it should be.
  const bool is_expected = facts.set_up || facts_.mode == "require";
  const Reason why = is_expected ? reason_of(facts.state) : Reason::none;
  if (why != Reason::none) {
    std::string consequence = "what is known goes on; the log is signed when it is back";
    if (is_missed()) consequence += "; the gateway is not ready without it (tpm.mode)";
    if (!facts.detail.empty()) consequence += "; " + facts.detail;
    out.push_back(degraded(why, std::move(consequence), since_));
  }
  if (!custody.open)
    out.push_back(
        degraded(Reason::secrets_locked,
                 "leaves with symmetric keys wait, those with a TPM need the service; X.509 leaves go on; " +
                     custody.why,
                 since_));
  if (ports_.checkpoints.is_contested())
    out.push_back(degraded(Reason::tpm_foreign,
                           "what is known goes on, and nothing is signed; " + ports_.checkpoints.trouble(),
                           since_));
  if (const auto& lost = ports_.group_keys.lost(); !lost.empty()) {
    std::string consequence = "keys of groups are in another TPM: import again " + lost.front();
    if (lost.size() > 1) consequence += " and " + std::to_string(lost.size() - 1) + " more (see the log)";
    consequence += "; members that are known go on, new ones are sent on";
    out.push_back(degraded(Reason::secrets_locked, std::move(consequence), since_));
  }
  return out;
}

}  // namespace leafgate
