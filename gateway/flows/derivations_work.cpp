// What the TPM is asked for, one command after the other, and what becomes of what it gives.
#include <algorithm>

#include "gateway/crypto/digest.hpp"
#include "gateway/flows/derivation_request.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/ports/sealed_rows.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr LoopClock::duration derive_again = std::chrono::seconds(1);

}  // namespace

Task<void> Derivations::run() {
  while (!stopping_) {
    const TimePoint now = LoopClock::now();
    if (turns_.size() == 0) {
      co_await wakeup_.wait();
    } else if (ports_.tpm.facts().state != TpmState::ready) {
      co_await wakeup_.wait_until(now + derive_again);
    } else if (now < not_before_) {
      co_await wakeup_.wait_until(not_before_);
    } else {
      under_way_ = turns_.next([&](const std::string& source) { return is_doubted(source, now); });
      co_await advance(under_way_);
      under_way_.reset();
    }
  }
  while (writes_ > 0) co_await wakeup_.wait();
}

void Derivations::stop() {
  stopping_ = true;
  for (const auto& [key, request] : requests_) request->changed.notify();
  wakeup_.notify();
}

void Derivations::tpm_changed() {
  pause_ = {};
  not_before_ = {};
  wakeup_.notify();
}

// At most one command.
Task<void> Derivations::advance(Shared request) {
  const DerivationStep* step = next_step(*request);
  if (step == nullptr) {
    end(request, is_proved(*request));
    co_return;
  }
  auto key = ports_.trust.unseal_tpm_key(step->group_key, step->enrollment);
  if (!key) {
    meet_trouble(*request, *step, key.error());
    co_return;
  }
  ++commands_;
  auto derived = co_await ports_.tpm.hmac(std::move(*key), step->text);
  if (stopping_) co_return;
  if (!derived) {
    meet_trouble(*request, *step, derived.error());
    co_return;
  }
  pause_ = {};
  ++request->next;
  ports_.trust.know_derived(step->group_key, step->text, derived->copy());
  const bool proved = fits(*request, *derived);
  if (proved && !request->fetch) keep(*step, *derived);
  if (proved || next_step(*request) == nullptr) end(request, proved);
}

// The first that is not known yet, of which the key can be used. Null: there is no more to ask for, or what
// somebody else asked for meanwhile has proved it.
const DerivationStep* Derivations::next_step(Request& request) {
  const TimePoint now = LoopClock::now();
  for (; request.next < request.steps.size(); ++request.next) {
    const DerivationStep& step = request.steps[request.next];
    const auto known = ports_.trust.derive(step.group_key, step.enrollment, step.text);
    if (known && fits(request, *known)) return nullptr;
    if (known) continue;
    if (!rests(step, now)) return &step;
    request.skipped = true;
  }
  return nullptr;
}

// What passes by itself is waited for. A key that this TPM does not take is left alone for a while: others
// are served meanwhile, and its leaves stay where they are.
void Derivations::meet_trouble(Request& request, const DerivationStep& step, const Error& error) {
  const bool passes = error.code == Errc::throttled || error.code == Errc::timed_out;
  if (passes || error.code == Errc::stopped) {
    const LoopClock::duration longest = limits_.longest_pause;
    const LoopClock::duration first = limits_.first_pause;
    pause_ = pause_ > first.zero() ? std::min(longest, 2 * pause_) : first;
    not_before_ = LoopClock::now() + pause_;
    return;
  }
  log::warning("the TPM does not use a group's key",
               {{"enrollment", step.enrollment}, {"error", error.detail}});
  rested_.put(digest_of(step.group_key), LoopClock::now() + limits_.key_rested);
  request.skipped = true;
  ++request.next;
}

void Derivations::end(const Shared& request, bool proved) {
  const TimePoint now = LoopClock::now();
  turns_.remove(request->source, request);
  requests_.erase(request->key());
  request->ended = true;
  request->changed.notify();
  if (request->fetch) return;
  if (proved) {
    failures_.proved(request->source, request->id.text());
    doubted_.erase(request->source);
  } else if (!request->skipped) {
    (void)failures_.failed(request->source, request->id.text(), now);
    doubted_.put(request->source, now);
  }
}

void Derivations::proved(const Enrollment& group, const RegistrationId& id, const std::string& credential) {
  if (credential.empty() || written_.find(credential) != nullptr || LoopClock::now() < no_write_before_)
    return;
  for (const DerivationStep& step : derivation_steps(group, id, ports_.trust)) {
    const auto derived = ports_.trust.derive(step.group_key, step.enrollment, step.text);
    if (derived && crypto::hex(crypto::sha256(derived->view())) == credential) keep(step, *derived);
  }
}

void Derivations::keep(const DerivationStep& step, const crypto::Secret& derived) {
  std::string credential = crypto::hex(crypto::sha256(derived.view()));
  if (stopping_ || written_.find(credential) != nullptr) return;
  auto sealed = ports_.trust.seal(derived, sealed_rows::derived(step.enrollment, step.text));
  if (!sealed) return;  // by the next proof
  written_.put(credential, true);
  DerivedKey row;
  row.enrollment = step.enrollment;
  row.id = step.text;
  row.group_key = digest_of(step.group_key);
  row.sealed = std::move(*sealed);
  ++writes_;
  spawn(loop_, write(std::move(row), name_of(step), std::move(credential)));
}

Task<void> Derivations::write(DerivedKey row, std::string name, std::string credential) {
  const std::string enrollment = row.enrollment;
  auto stored = co_await ports_.stored.put(std::move(row));
  --writes_;
  wakeup_.notify();
  if (stored) {
    recalled_.put(name, true);
    co_return;
  }
  written_.erase(credential);
  if (stopping_) co_return;
  no_write_before_ = LoopClock::now() + limits_.write_rested;
  log::warning("a derived key is not stored, and is tried again when its leaf comes again",
               {{"enrollment", enrollment}, {"error", stored.error().detail}});
}

}  // namespace leafgate
