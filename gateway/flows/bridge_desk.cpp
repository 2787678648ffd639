#include "gateway/flows/bridge_desk.hpp"

#include <algorithm>

#include "gateway/attestation/match.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/shared_access.hpp"
#include "gateway/flows/keys.hpp"

namespace leafgate {
namespace {

constexpr Seconds try_again{30};  // where nobody knows how long it takes

// Where the leaf's assignment and its enrollment do not belong together, and only the leaf can mend that.
Error must_register_again(std::string why) {
  return {Errc::conflict, std::move(why) + ": the leaf has to register again first"};
}

// The enrollment that decides over the leaf now, if it is the one that its assignment was earned under, and
// lets others speak for the leaf. `registration` is of the leaf. Pure.
Result<const Enrollment*> vouching(const Enrollment* individual, const std::vector<Enrollment>& groups,
                                   const Registration& registration) {
  std::vector<const Enrollment*> candidates;
  if (individual != nullptr) candidates.push_back(individual);
  if (individual == nullptr)
    candidates = match_symmetric(std::nullopt, groups, registration.id.key()).enrollments;
  if (candidates.empty())
    return Error(Errc::not_found, "no enrollment with a symmetric key is held here for this leaf");
  if (!registration.assignment) return Error(Errc::conflict, "it has no hub yet: it has to register first");
  const std::string& earned_under = registration.assignment->enrollment_id;
  const auto found = std::find_if(candidates.begin(), candidates.end(),
                                  [&](const Enrollment* e) { return reference(*e) == earned_under; });
  if (found == candidates.end())
    return must_register_again("its hub was not earned under an enrollment that decides over it now");
  const Enrollment& by = **found;
  if (!by.enabled) return Error(Errc::refused, "its enrollment is disabled: " + reference(by));
  if (by.mechanism != Mechanism::symmetric_key)
    return Error(Errc::conflict,
                 "only leaves with a symmetric key can be spoken for, and its enrollment is " +
                     std::string(to_text(by.mechanism)));
  if (!by.bridge)
    return Error(Errc::refused, "its enrollment does not say leafgate.bridge = true: " + reference(by));
  return *found;
}

// The key that earned the assignment; of one that was earned out of sight the first. The hub takes no other.
Result<crypto::Secret> key_of(DeviceKeys held, const Assignment& assignment) {
  const auto fits = [&](const HeldKey& one) {
    return assignment.credential.empty() ||
           crypto::hex(crypto::sha256(one.key.view())) == assignment.credential;
  };
  const auto found = std::find_if(held.keys.begin(), held.keys.end(), fits);
  if (found != held.keys.end()) return std::move(found->key);
  if (held.missing) return Error(Errc::timed_out, "its key lives in the TPM, which has not derived it yet");
  if (held.keys.empty())
    return Error(Errc::not_found, "its enrollment is held without a key: " + assignment.enrollment_id);
  return must_register_again("its enrollment has another key than the one that earned its hub");
}

}  // namespace

struct BridgeDesk::Standing {
  Ledger::IndividualEnrollment individual;
  Ledger::Groups groups;
  Ledger::Record record;

  [[nodiscard]] const Registration& registration() const { return record->registration; }
  [[nodiscard]] Result<const Enrollment*> by() const {
    return vouching(individual.get(), *groups, registration());
  }
};

BridgeDesk::BridgeDesk(Executor first_loop, Ports ports, const Limits& limits)
    : first_loop_(first_loop),
      ports_(std::move(ports)),
      limits_(limits),
      all_(limits.per_minute / 60, limits.burst),
      leaves_(limits.remembered) {}

Task<HubTokenAnswer> BridgeDesk::hub_token(RegistrationId id, Millis life, Actor who) {
  auto here = answer_here(std::move(id), life, std::move(who));
  co_return co_await run_on(first_loop_, std::move(here));
}

// What is asked too often leaves no entry: the audit log has an end, and they who ask have none.
Task<HubTokenAnswer> BridgeDesk::answer_here(RegistrationId id, Millis life, Actor who) {
  if (life < shortest_life)
    co_return HubTokenAnswer(Error(Errc::malformed, "a token lives a minute at least, and an hour at most"));
  if (const auto wait = wait_of(id.key()); wait > LoopClock::duration::zero()) {
    HubTokenAnswer later(
        Error(Errc::throttled, "hub tokens are asked for too often: one lives up to an hour"));
    later.retry_after = std::chrono::ceil<Seconds>(wait);
    co_return later;
  }
  HubToken made;
  std::string object = id.text();
  auto change = make(std::move(id), life, made);
  auto done =
      co_await ports_.audited.carry(std::move(who), "hub-token", std::move(object), std::move(change));
  if (done) co_return HubTokenAnswer(std::move(made));
  HubTokenAnswer refused(done.error());
  if (done.error().code == Errc::throttled) refused.retry_after = try_again;
  co_return refused;
}

// How long whoever asks for this leaf has to wait; zero takes its turn. Those who wait take none from others.
LoopClock::duration BridgeDesk::wait_of(std::string_view id) {
  const TimePoint now = LoopClock::now();
  TokenBucket* leaf = leaves_.find(id);
  if (leaf == nullptr)
    leaf = &leaves_.put(id, TokenBucket(1.0 / static_cast<double>(limits_.every.count()), 1));
  const LoopClock::duration wait = std::max(leaf->wait(now), all_.wait(now));
  if (wait > LoopClock::duration::zero()) return wait;
  (void)leaf->take(now);
  (void)all_.take(now);
  return wait;
}

// A hub compares the end of a token with its own clock: one that is made by a wrong one is worth nothing, or
// lives for years.
Result<void> BridgeDesk::may_mint() const {
  if (ports_.doubt != Reason::none)
    return Error(Errc::refused, "the store is in doubt: " + std::string(row(ports_.doubt).text));
  if (ports_.clock.now().quality == ClockQuality::unsynced)
    return Error(Errc::throttled, "no token can be made: the gateway's clock is not trusted");
  if (!ports_.trust.is_open())
    return Error(Errc::throttled, "no token can be made: the store's secrets are locked");
  return {};
}

Task<Result<BridgeDesk::Standing>> BridgeDesk::look(RegistrationId id) {
  Standing standing;
  auto individual = co_await ports_.ledger.individual(id.key());
  if (!individual) co_return individual.error();
  standing.individual = std::move(*individual);
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  standing.groups = std::move(*groups);
  auto record = co_await ports_.ledger.record(std::move(id));
  if (!record) co_return record.error();
  standing.record = std::move(*record);
  co_return standing;
}

Task<Result<void>> BridgeDesk::make(RegistrationId id, Millis life, HubToken& into) {
  if (auto may = may_mint(); !may) co_return may.error();
  if (ports_.denied != nullptr && ports_.denied->denies_id(id.key()))
    co_return Error(Errc::refused, "it is on the deny list; its hub serves it until it is disabled there");
  auto standing = co_await look(id);
  if (!standing) co_return standing.error();
  auto by = standing->by();
  if (!by) co_return by.error();
  if (ports_.derivations != nullptr && is_in_tpm(**by, ports_.trust)) {
    std::string credential = standing->registration().assignment->credential;
    auto at_hand =
        co_await ports_.derivations->fetch(**by, standing->registration().id, std::move(credential));
    if (!at_hand) co_return at_hand.error();
    // That took its time: what was held may be another thing by now.
    if (auto may = may_mint(); !may) co_return may.error();
    standing = co_await look(std::move(id));
    if (!standing) co_return standing.error();
    by = standing->by();
    if (!by) co_return by.error();
  }
  const Assignment& assignment = *standing->registration().assignment;
  auto held = device_keys(**by, standing->registration().id, ports_.trust);
  if (!held) co_return held.error();
  const auto key = key_of(std::move(*held), assignment);
  if (!key) co_return key.error();
  const std::string credential = crypto::hex(crypto::sha256(key->view()));
  const bool is_kept_out =
      ports_.denied != nullptr && ports_.denied->keeps_out(standing->registration().id.key(), credential);
  if (is_kept_out)
    co_return Error(
        Errc::refused,
        "it is denied, rejected, or held because two places prove its id; its hub serves it until "
        "it is disabled there");
  into.hub = assignment.assigned_hub;
  into.device_id = assignment.device_id;
  into.expires = std::chrono::floor<Seconds>(ports_.clock.now().at + std::min(life, longest_life));
  // Of a device there is no key name. Source: IoT Hub, control access with shared access signatures.
  into.token =
      crypto::shared_access_signature(into.hub + "/devices/" + into.device_id, key->view(), into.expires, {});
  co_return Result<void>();
}

}  // namespace leafgate
