#include "gateway/flows/custody.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/crypto/envelope.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t key_octets = 32;
constexpr auto waits = std::to_array<std::chrono::seconds>({std::chrono::seconds(1), std::chrono::seconds(5),
                                                            std::chrono::seconds(30), std::chrono::minutes(2),
                                                            std::chrono::minutes(10)});

// Marks an operator's call for as long as it goes on.
class Busy {
 public:
  explicit Busy(bool& flag) : flag_(flag) { flag_ = true; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() { flag_ = false; }

 private:
  bool& flag_;
};

Error no_tpm() { return {Errc::unsupported, "the configuration wants no TPM"}; }
Error already_busy() { return {Errc::throttled, "this is going on already"}; }

}  // namespace

Custody::Custody(Executor loop, Ports ports, TpmSealPolicy policy, std::uint32_t counter_index)
    : ports_(ports), policy_(std::move(policy)), counter_index_(counter_index), wakeup_(loop), first_(loop) {}

Task<Result<void>> Custody::load() {
  if (ports_.tpm == nullptr) co_return Result<void>();
  auto belonging = co_await ports_.ring.belonging();
  if (!belonging) co_return belonging.error();
  std::optional<TpmAnchor> anchor;
  if (*belonging) anchor = std::move((*belonging)->anchor);
  ports_.tpm->expect(std::move(anchor));
  co_return Result<void>();
}

bool Custody::handed_over() const { return newest().sealed && newest().in_file && newest().open; }

bool Custody::has_something_to_do() const {
  return !newest().open || ports_.ring.progress().wanted || (handed_over() && ports_.tpm != nullptr);
}

bool Custody::is_foreign() const { return ports_.tpm->facts().state == TpmState::foreign; }

bool Custody::may_ask_the_tpm() const {
  return ports_.tpm != nullptr && ports_.tpm->facts().state == TpmState::ready;
}

void Custody::note(const Result<void>& done, std::string_view what) {
  if (done) {
    failures_ = 0;
    why_.clear();
    return;
  }
  failures_ = std::min<unsigned>(failures_ + 1, waits.size());
  std::string why = std::string(what) + ": " + done.error().detail;
  if (why != why_) log::warning("custody of the sealing key", {{"detail", why}});
  why_ = std::move(why);
}

Task<void> Custody::look() {
  if (!newest().open && newest().sealed && may_ask_the_tpm()) {
    const auto opened = co_await unseal();
    note(opened, "the TPM does not give the sealing key");
    if (opened) log::notice("the TPM gave the sealing key");
  }
  if (handed_over() && ports_.tpm != nullptr && (may_ask_the_tpm() || is_foreign()) && !stopping_) {
    const auto sealed = co_await adopt(counter_index_);
    note(sealed, "the sealing key is not in this TPM yet");
  }
  if (newest().open && ports_.ring.progress().wanted && !stopping_) {
    const auto renewed = co_await ports_.ring.reseal();
    note(renewed, "not everything is under the newest sealing key");
    if (renewed && on_opened_) on_opened_();
  }
}

Task<void> Custody::run() {
  while (!stopping_) {
    changed_ = false;
    if (has_something_to_do() && !busy_) {
      const Busy busy(busy_);
      co_await look();
    }
    tried_ = true;
    first_.notify();
    if (stopping_ || changed_) continue;
    if (has_something_to_do()) {
      // Where nobody can be asked, a change of the TPM's state is what ends the wait.
      const bool nobody = failures_ == 0 && !newest().open && !may_ask_the_tpm();
      const auto wait = nobody ? waits.back() : waits.at(failures_ == 0 ? 0 : failures_ - 1);
      (void)co_await wakeup_.wait_until(LoopClock::now() + wait);
    } else {
      co_await wakeup_.wait();
    }
  }
  first_.notify();
}

void Custody::stop() {
  stopping_ = true;
  wakeup_.notify();
}

void Custody::tpm_changed() {
  // A try to take the key in leads the TPM through other states by itself, and after one that failed the
  // pause counts.
  if (handed_over() && (busy_ || failures_ > 0)) return;
  changed_ = true;
  failures_ = 0;
  wakeup_.notify();
}

Task<void> Custody::ready() {
  const TimePoint until = LoopClock::now() + longest_start;
  while (!stopping_ && ports_.tpm != nullptr && (!newest().open || handed_over())) {
    const bool refused = tried_ && failures_ > 0;
    if (refused || (is_foreign() && !handed_over())) break;
    const bool in_time = co_await first_.wait_until(until);
    if (!in_time) break;
  }
}

Task<Result<void>> Custody::unseal() {
  const std::int64_t id = newest().id;
  TpmObject sealed = *newest().sealed;
  TpmSealPolicy policy = policy_;
  auto key = co_await ports_.tpm->unseal(std::move(sealed), std::move(policy));
  if (!key) co_return key.error();
  auto opened = ports_.ring.open(id, *key);
  if (opened && on_opened_) on_opened_();
  co_return opened;
}

// What it gives is known to open again.
Task<Result<TpmObject>> Custody::seal_and_try(crypto::Secret key) {
  TpmSealPolicy policy = policy_;
  auto sealed = co_await ports_.tpm->seal(key.copy(), std::move(policy));
  if (!sealed) co_return sealed.error();
  TpmObject object = *sealed;
  policy = policy_;
  const auto opened = co_await ports_.tpm->unseal(std::move(object), std::move(policy));
  if (!opened) co_return opened.error();
  if (!crypto::equal_in_constant_time(opened->view(), key.view()))
    co_return Error(Errc::refused, "the TPM gave another key than it was given");
  co_return std::move(*sealed);
}

// The value that opens the counter is stored before the TPM has it: a counter nobody can open would be lost.
Task<Result<void>> Custody::make_belong(std::uint32_t counter_index) {
  auto held = co_await ports_.ring.belonging();
  if (!held) co_return held.error();
  TpmBelonging belonging;
  if (*held) {
    belonging = std::move(**held);
    if (belonging.counter_auth.empty())
      co_return Error(Errc::throttled, "what opens the TPM's counter is out of reach");
  } else {
    belonging.counter_auth = crypto::Secret(key_octets);
    ports_.random.fill(belonging.counter_auth.writable());
    TpmBelonging begun;
    begun.counter_auth = belonging.counter_auth.copy();
    const auto stored = co_await ports_.ring.set_belonging(std::move(begun));
    if (!stored) co_return stored.error();
  }
  TpmSetUp wanted;
  wanted.counter_index = belonging.anchor ? belonging.anchor->counter_index : counter_index;
  wanted.counter_auth = belonging.counter_auth.copy();
  const bool foreign = is_foreign();
  if (foreign) ports_.tpm->expect(std::nullopt);
  auto anchor = co_await ports_.tpm->set_up(std::move(wanted));
  if (!anchor && foreign) ports_.tpm->expect(belonging.anchor);
  if (!anchor) co_return anchor.error();
  if (belonging.anchor == *anchor) co_return Result<void>();
  belonging.anchor = std::move(*anchor);
  auto kept = co_await ports_.ring.set_belonging(std::move(belonging));
  if (kept && on_opened_) on_opened_();
  co_return kept;
}

// The open key, which stands in the key file or in another TPM, into this one.
Task<Result<void>> Custody::adopt(std::uint32_t counter_index) {
  const auto belongs = co_await make_belong(counter_index);
  if (!belongs) co_return belongs.error();
  const std::int64_t id = newest().id;
  auto key = ports_.ring.take_out(id);
  if (!key) co_return key.error();
  auto sealed = co_await seal_and_try(std::move(*key));
  if (!sealed) co_return sealed.error();
  Bytes as_it_is;
  const auto replaced = co_await ports_.ring.replace(id, std::move(*sealed), std::move(as_it_is));
  if (!replaced) co_return replaced.error();
  log::notice("the sealing key is in this TPM now");
  if (!newest().in_file) co_return Result<void>();
  co_return co_await ports_.ring.remove_file();
}

Task<Result<void>> Custody::put_into_tpm(CustodySetUp wanted) {
  crypto::Secret key(key_octets);
  const bool in_tpm = newest().sealed && !newest().in_file;
  if (in_tpm) {
    TpmObject object = *newest().sealed;
    TpmSealPolicy policy = policy_;
    const auto opened = co_await ports_.tpm->unseal(std::move(object), std::move(policy));
    if (!opened && opened.error().code != Errc::refused) co_return opened.error();
    if (!opened) co_return co_await adopt(wanted.counter_index);
    if (wanted.recovery.empty() || !newest().recovery.empty()) co_return Result<void>();
    auto envelope = crypto::wrap(*opened, wanted.recovery);
    if (!envelope) co_return envelope.error();
    object = *newest().sealed;
    co_return co_await ports_.ring.replace(newest().id, std::move(object), std::move(*envelope));
  }
  ports_.random.fill(key.writable());
  Bytes recovery;
  if (!wanted.recovery.empty()) {
    auto envelope = crypto::wrap(key, wanted.recovery);
    if (!envelope) co_return envelope.error();
    recovery = std::move(*envelope);
  }
  auto sealed = co_await seal_and_try(key.copy());
  if (!sealed) co_return sealed.error();
  const auto added = co_await ports_.ring.add(std::move(*sealed), std::move(recovery), std::move(key));
  if (!added) co_return added.error();
  co_return Result<void>();
}

Task<Result<void>> Custody::set_up(CustodySetUp wanted) {
  if (ports_.tpm == nullptr) co_return no_tpm();
  if (busy_) co_return already_busy();
  const Busy busy(busy_);
  if (!wanted.recovery.empty()) {
    const auto known = crypto::recipient_fingerprint(wanted.recovery);
    if (!known) co_return known.error();
  }
  if (is_foreign() && !wanted.accept_another && !handed_over())
    co_return Error(Errc::refused, "this TPM is not the one this state folder belongs to");
  if (!newest().open && newest().sealed) {
    const auto opened = co_await unseal();
    if (!opened) co_return opened.error();
  }
  if (!newest().open) co_return Error(Errc::throttled, "the secrets of the store are out of reach");
  auto done = co_await make_belong(wanted.counter_index);
  if (!done) co_return done.error();
  done = co_await put_into_tpm(std::move(wanted));
  if (!done) co_return done.error();
  done = co_await ports_.ring.reseal();
  note(done, "not everything is under the newest sealing key");
  wakeup_.notify();
  if (!done) co_return done.error();
  log::notice("the TPM keeps the sealing key");
  co_return Result<void>();
}

Task<Result<void>> Custody::open_with(crypto::Secret key, CustodySetUp wanted) {
  const auto id = ports_.ring.find(key);
  if (!id) co_return id.error();
  const auto opened = ports_.ring.open(*id, key);
  if (!opened) co_return opened.error();
  log::notice("opened by a recovered sealing key");
  if (ports_.tpm == nullptr) co_return no_tpm();
  if (busy_) co_return already_busy();
  const Busy busy(busy_);
  if (!newest().open) co_return Error(Errc::throttled, "a newer sealing key is still out of reach");
  auto done = co_await make_belong(wanted.counter_index);
  if (!done) co_return done.error();
  done = co_await put_into_tpm(std::move(wanted));
  note(done, "the sealing key is not in this TPM yet");
  wakeup_.notify();
  co_return done;
}

CustodyFacts Custody::facts() const {
  CustodyFacts out;
  out.protection = ports_.trust.protection();
  out.open = newest().open;
  out.recovery_copy = !newest().recovery.empty();
  out.reseal = ports_.ring.progress();
  out.why = why_;
  if (out.open || !out.why.empty()) return out;
  if (!newest().sealed) {
    out.why = "the key file is missing, or holds another key";
  } else if (ports_.tpm == nullptr) {
    out.why = "the TPM keeps the sealing key, and the configuration wants no TPM";
  } else if (is_foreign()) {
    out.why = "this TPM is not the one that keeps the sealing key";
  } else {
    out.why = "the TPM that keeps the sealing key is not ready";
  }
  return out;
}

}  // namespace leafgate
