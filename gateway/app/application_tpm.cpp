// The gateway's own TPM and what hangs on it: the store's keys, the log of receipts, the gateway's own name.
#include "gateway/app/application_parts.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr LoopClock::duration required_look = std::chrono::seconds(1);
constexpr LoopClock::duration look_at_start = std::chrono::seconds(2);  // no start waits longer for the TPM

tpm::EsysTpmOptions tpm_options_of(const Config& config) {
  tpm::EsysTpmOptions options;
  options.enabled = config.tpm_mode != "off";
  return options;
}

}  // namespace

Application::TpmPart::TpmPart(Application& app)
    : tpm(app.loops_.front()->executor(), tpm_options_of(app.config_),
          tpm::parse_tcti(app.config_.tpm_tcti).value()),
      custody(app.loops_.front()->executor(),
              {app.store_->key_ring(), app.store_->trust(), app.config_.tpm_mode == "off" ? nullptr : &tpm,
               app.random_},
              app.files_.seal_policy, static_cast<std::uint32_t>(app.config_.tpm_counter_index)),
      checkpoints(app.loops_.front()->executor(), app.store_->receipt_log(),
                  app.config_.tpm_mode == "off" ? nullptr : &tpm, [this] { return counter_auth_copy(); }),
      derivations(app.loops_.front()->executor(), {tpm, app.store_->trust(), app.store_->derived_keys()}) {}

Application::TpmPart::~TpmPart() = default;

Result<crypto::Secret> Application::TpmPart::counter_auth_copy() const {
  if (counter_auth.empty()) return Error(Errc::throttled, "the value that opens the counter is out of reach");
  return counter_auth.copy();
}

// Before anybody is answered: the store's key, and whether the store is what this TPM has seen last.
Task<Result<void>> Application::bring_up_tpm() {
  tpm_part_ = std::make_unique<TpmPart>(*this);
  TpmPart& part = *tpm_part_;
  store_->receipt_log().set_gateway(config_.name);
  part.tpm.on_change([this] { tpm_changed(); });
  part.custody.on_opened([this] {
    if (flows_) flows_->forwarder.go_on_after(Reason::trust_pending);
    begin(learn_belonging());
  });
  auto loaded = co_await part.custody.load();
  if (!loaded) co_return loaded.error();
  begin(part.custody.run());
  const TimePoint limit = LoopClock::now() + look_at_start;
  co_await part.custody.ready();
  co_await learn_belonging();
  if (part.tpm.facts().set_up) co_await part.checkpoints.look(limit);
  co_return Result<void>();
}

// The anchor and the counter's value as the store has them now.
Task<void> Application::learn_belonging() {
  auto belonging = co_await store_->key_ring().belonging();
  if (!belonging)
    log::error("which TPM the store belongs to cannot be read", {{"detail", belonging.error().detail}});
  if (!belonging || !*belonging) co_return;
  tpm_part_->counter_auth = std::move((*belonging)->counter_auth);
  if ((*belonging)->anchor) tpm_part_->checkpoints.set_signer((*belonging)->anchor->signing_public);
  const auto restored = co_await store_->key_ring().restored();
  if (restored && *restored) {
    tpm_part_->restored = true;
    tpm_part_->checkpoints.set_restored(**restored);
  }
  tpm_part_->checkpoints.tpm_changed();
  // What was read under keys that were locked, or sealed otherwise, is read again.
  if (flows_) flows_->ledger.enrollments_changed();
}

void Application::run_tpm() {
  TpmPart& part = *tpm_part_;
  const Executor loop = loops_.front()->executor();
  OwnRegistration::Options own;
  own.wanted = config_.identity == "tpm" && config_.tpm_mode != "off";
  own.registration_id = config_.identity_registration_id;
  own.hub_suffixes = config_.hub_suffixes;
  part.own = std::make_unique<OwnRegistration>(
      loop,
      OwnRegistration::Ports{part.tpm, flows_->service, flows_->forwarder, store_->trust(),
                             store_->own_identity(), clock_, random_},
      IdScope::parse(config_.id_scope).value(), std::move(own));
  TpmDesk::Facts facts;
  facts.mode = config_.tpm_mode;
  facts.tcti = config_.tpm_tcti;
  facts.counter_index = static_cast<std::uint32_t>(config_.tpm_counter_index);
  TpmDesk::Hooks hooks;
  hooks.belongs = [this] { return learn_belonging(); };
  part.desk =
      std::make_unique<TpmDesk>(loop,
                                TpmDesk::Ports{part.tpm, store_->key_ring(), part.custody, part.checkpoints,
                                               store_->receipt_log(), flows_->group_keys, *part.own, clock_,
                                               Audited(store_->audit_log(), clock_, flows_->events)},
                                std::move(facts), std::move(hooks));
  part.backup_desk = std::make_unique<BackupDesk>(
      loop,
      BackupDesk::Ports{store_->backups(), store_->key_ring(), part.custody, clock_,
                        Audited(store_->audit_log(), clock_, flows_->events)},
      config_.name);
  part.checkpoints.on_doubt([this](Reason doubt) { flows_->admission.set_doubt(doubt); });
  flows_->admission.set_doubt(part.checkpoints.doubt());
  begin(part.checkpoints.run());
  begin(part.derivations.run());
  begin(part.own->run());
  begin(look_for_lost_keys());
}

void Application::tpm_changed() {
  TpmPart& part = *tpm_part_;
  part.custody.tpm_changed();
  part.checkpoints.tpm_changed();
  part.derivations.tpm_changed();
  if (part.own) part.own->tpm_changed();
  if (part.desk) part.desk->tpm_changed();
  const TpmFacts facts = part.tpm.facts();
  if (!flows_ || moves_keys_ || facts.state != TpmState::ready || !facts.set_up) return;
  moves_keys_ = true;
  begin(move_group_keys());
  begin(look_for_lost_keys());
}

// A restored store may be beside another TPM than the one that made the keys of its groups.
Task<void> Application::look_for_lost_keys() {
  const TpmFacts facts = tpm_part_->tpm.facts();
  if (!tpm_part_->restored || facts.state != TpmState::ready || !facts.set_up) co_return;
  const auto looked = co_await flows_->group_keys.look_for_lost();
  if (!looked) log::warning("keys of groups were not looked at", {{"detail", looked.error().detail}});
}

// What was imported while the TPM was away.
Task<void> Application::move_group_keys() {
  const auto moved = co_await flows_->group_keys.move_group_keys();
  if (moved && *moved > 0)
    log::notice("keys of groups are in the TPM now", {{"count", static_cast<std::uint64_t>(*moved)}});
  if (!moved) log::warning("keys of groups are not in the TPM", {{"detail", moved.error().detail}});
  moves_keys_ = false;
}

// Until the TPM that tpm.mode requires is there, or the stop: doors are open meanwhile, and systemd is told
// what is awaited instead of that all is ready.
Task<void> Application::await_required_tpm() {
  bool said = false;
  while (tpm_part_->desk->is_missed() && !asked_to_stop_) {
    if (!said) log::warning("not ready: tpm.mode requires a TPM", {{"tcti", config_.tpm_tcti}});
    said = true;
    notify("STATUS=waits for the TPM that tpm.mode requires\nEXTEND_TIMEOUT_USEC=60000000");
    co_await stop_->wait_until(LoopClock::now() + required_look);
  }
}

void Application::stop_tpm() {
  if (!tpm_part_) return;
  tpm_part_->tpm.on_change({});  // what it begins now, nobody would wait for
  tpm_part_->custody.stop();
  tpm_part_->checkpoints.stop();
  tpm_part_->derivations.stop();
  if (tpm_part_->own) tpm_part_->own->stop();
  tpm_part_->tpm.stop();
}

}  // namespace leafgate
