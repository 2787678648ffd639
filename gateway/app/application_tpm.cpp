// The gateway's own TPM and what hangs on it: the store's keys, the log of receipts, the gateway's own name.
#include <array>

#include "gateway/app/application_parts.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

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
              app.seal_policy_),
      checkpoints(app.loops_.front()->executor(), app.store_->receipt_log(),
                  app.config_.tpm_mode == "off" ? nullptr : &tpm, [this] { return counter_auth_copy(); }),
      derivations(app.loops_.front()->executor(), {tpm, app.store_->trust(), app.store_->derived_keys()}) {}

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
  if (!belonging || !*belonging) co_return;
  tpm_part_->counter_auth = std::move((*belonging)->counter_auth);
  if ((*belonging)->anchor) tpm_part_->checkpoints.set_signer((*belonging)->anchor->signing_public);
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
  part.desk = std::make_unique<TpmDesk>(
      loop,
      TpmDesk::Ports{part.tpm, store_->key_ring(), part.custody, part.checkpoints, store_->receipt_log(),
                     *part.own, *flows_->desk, clock_,
                     Audited(store_->audit_log(), clock_, flows_->events)},
      std::move(facts), std::move(hooks));
  part.checkpoints.on_doubt([this](Reason doubt) { flows_->admission.set_doubt(doubt); });
  flows_->admission.set_doubt(part.checkpoints.doubt());
  begin(part.checkpoints.run());
  begin(part.derivations.run());
  begin(part.own->run());
}

void Application::tpm_changed() {
  TpmPart& part = *tpm_part_;
  part.custody.tpm_changed();
  part.checkpoints.tpm_changed();
  part.derivations.tpm_changed();
  if (part.own) part.own->tpm_changed();
  if (part.desk) part.desk->tpm_changed();
}

void Application::stop_tpm() {
  if (!tpm_part_) return;
  tpm_part_->custody.stop();
  tpm_part_->checkpoints.stop();
  tpm_part_->derivations.stop();
  if (tpm_part_->own) tpm_part_->own->stop();
  tpm_part_->tpm.stop();
}

}  // namespace leafgate
