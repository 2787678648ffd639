#include "gateway/app/reload.hpp"

#include "gateway/app/config_checks.hpp"
#include "gateway/flows/degraded.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/notify.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate {
namespace {

constexpr std::size_t most_mistakes_logged = 50;

std::string joined(const std::vector<std::string>& keys) {
  std::string out;
  for (const std::string& key : keys) out += (out.empty() ? "" : " ") + key;
  return out;
}

}  // namespace

Reload::Reload(Executor loop, Executor pool, Config& config, Certificates& certificates,
               const WallClock& clock, Hooks hooks)
    : pool_(std::move(pool)),
      config_(config),
      certificates_(certificates),
      clock_(clock),
      hooks_(std::move(hooks)),
      wakeup_(std::move(loop)) {}

void Reload::ask() {
  asked_ = true;
  wakeup_.notify();
}

void Reload::look_at_certificates() {
  look_now_ = true;
  wakeup_.notify();
}

void Reload::stop() {
  stopping_ = true;
  wakeup_.notify();
}

Task<void> Reload::run() {
  co_await certificates_.remember();
  while (!stopping_) {
    co_await wakeup_.wait_until(certificates_.look_again_at());
    if (stopping_) break;
    if (asked_) {
      asked_ = false;
      co_await reload();
    } else if (look_now_ || LoopClock::now() >= certificates_.look_again_at()) {
      look_now_ = false;
      co_await certificates_.look();
    }
  }
}

Task<void> Reload::reload() {
  hooks_.notify(reloading_notice());
  auto read = co_await offload(pool_, hooks_.read);
  if (const auto* mistakes = std::get_if<std::vector<ConfigError>>(&read)) {
    refuse(*mistakes);
  } else {
    const Config& next = std::get<Config>(read);
    const ConfigChanges told = changes(config_, next);
    take_live_keys(config_, next);
    refusal_.clear();
    hooks_.apply(config_);
    log::notice("configuration reloaded", {{"changed", joined(told.live)}});
    if (!told.restart.empty()) log::warning("needs a restart", {{"keys", joined(told.restart)}});
  }
  // Also beside a broken file: who renews certificates reloads too.
  co_await certificates_.reload(wanted_pairs(config_));
  hooks_.notify("READY=1");
}

void Reload::refuse(const std::vector<ConfigError>& mistakes) {
  for (std::size_t i = 0; i < std::min(mistakes.size(), most_mistakes_logged); ++i)
    log::error("configuration refused, the old one stays", {{"detail", mistakes[i].to_text()}});
  refusal_ = mistakes.front().to_text();
  if (mistakes.size() > 1) refusal_ += " (and " + std::to_string(mistakes.size() - 1) + " more)";
  refused_at_ = clock_.now().at;
}

std::vector<DegradedMode> Reload::troubles() const {
  std::vector<DegradedMode> out = certificates_.troubles();
  if (refusal_.empty()) return out;
  out.push_back(
      degraded(Reason::configuration_refused, "the configuration before it stays: " + refusal_, refused_at_));
  return out;
}

}  // namespace leafgate
