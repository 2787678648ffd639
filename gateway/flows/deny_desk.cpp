// Deny lists: signed ones, and what is added to them here.
#include "gateway/flows/deny_desk.hpp"

#include "gateway/crypto/digest.hpp"
#include "gateway/flows/degraded.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t most_local = 20'000;

std::string object_of(const Denial& entry) { return std::string(to_text(entry.kind)) + " " + entry.value; }

}  // namespace

DenyDesk::DenyDesk(Executor first_loop, Ports ports, IdScope scope,
                   std::optional<crypto::DocumentVerifier> signer)
    : first_loop_(first_loop),
      ports_(std::move(ports)),
      scope_(std::move(scope)),
      signer_(std::move(signer)) {}

DenyDesk::~DenyDesk() { ports_.gate.on_contest(nullptr); }

Task<Result<void>> DenyDesk::load() {
  auto stored = co_await ports_.store.load();
  if (!stored) co_return stored.error();
  ports_.gate.denied.load(*stored);
  for (OperatorWord& word : stored->words) ports_.gate.put_word(std::move(word));
  ports_.gate.on_contest([this](Contest contest) { return ports_.store.put_contest(std::move(contest)); });
  co_return Result<void>();
}

Task<DenyReport> DenyDesk::deny_report(std::size_t most) {
  auto here = report_here(most);
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<DenyEffect>> DenyDesk::import_denials(SignedDenyList list, Actor who) {
  auto here = import_here(std::move(list), std::move(who));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<DenyEffect>> DenyDesk::deny(Denial entry, Actor who) {
  auto here = deny_here(std::move(entry), std::move(who));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<DenyEffect>> DenyDesk::lift(DenyKind kind, std::string value, Actor who) {
  auto here = lift_here(kind, std::move(value), std::move(who));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<DenyReport> DenyDesk::report_here(std::size_t most) {
  const Denied& denied = ports_.gate.denied;
  DenyReport out;
  out.has_signer = signer_.has_value();
  out.list = denied.list();
  out.listed_count = denied.listed_count();
  out.local_count = denied.local_count();
  const WallReading now = ports_.clock.now();
  if (now.quality == ClockQuality::synced) out.now = now.at;
  out.listed = denied.listed(most);
  out.local = denied.local(most);
  out.fetch_trouble = fetch_trouble_;
  co_return out;
}

DenyEffect DenyDesk::effect_now() const {
  DenyEffect out;
  const Denied& denied = ports_.gate.denied;
  if (denied.list()) out.number = denied.list()->number;
  out.entries = denied.listed_count();
  return out;
}

// False: the very list is held already.
Result<bool> DenyDesk::is_new(const SignedDenyList& list, const std::string& digest) const {
  if (!signer_)
    return Error(Errc::refused, std::string(row(Reason::deny_list_unsigned).text) + ": " +
                                    std::string(row(Reason::deny_list_unsigned).next_action));
  const bool is_good =
      list.algorithm == signer_->algorithm() && signer_->verifies(as_bytes(list.payload), list.signature);
  if (!is_good) return Error(Errc::refused, "the list is not signed by deny.signer, or was changed");
  const auto scope = IdScope::parse(list.list.id_scope);
  if (!scope || !(*scope == scope_))
    return Error(Errc::conflict, "the list is for another ID scope than this gateway's, " + scope_.text());
  const auto& held = ports_.gate.denied.list();
  if (!held || list.list.number > held->number) return true;
  const std::string numbers = "number " + std::to_string(list.list.number) + ", and number " +
                              std::to_string(held->number) + " is held";
  if (list.list.number < held->number) return Error(Errc::conflict, "an older list: " + numbers);
  if (digest == held->digest) return false;
  return Error(Errc::conflict, "another list of the same number: " + numbers + "; give the new one a higher");
}

Task<Result<DenyEffect>> DenyDesk::import_here(SignedDenyList list, Actor who) {
  if (busy_) co_return Error(Errc::throttled, "another list is being taken");
  std::string digest = crypto::hex(crypto::sha256(as_bytes(list.payload)));
  const auto fresh = is_new(list, digest);
  if (!fresh) {
    log::warning(
        "a deny list was refused",
        {{"number", list.list.number}, {"uid", who.uid}, {"by", who.user}, {"detail", fresh.error().detail}});
    co_return fresh.error();
  }
  DenyEffect effect = effect_now();
  effect.changed = *fresh;
  if (!*fresh) co_return effect;
  busy_ = true;
  std::string object = "list " + std::to_string(list.list.number) + " with " +
                       std::to_string(list.list.entries.size()) + " entries";
  auto change = take(list, std::move(digest), effect);
  auto done =
      co_await ports_.audited.carry(std::move(who), "deny import", std::move(object), std::move(change));
  busy_ = false;
  if (!done) co_return done.error();
  co_return effect;
}

Task<Result<void>> DenyDesk::take(SignedDenyList& list, std::string digest, DenyEffect& effect) {
  HeldDenyList held;
  held.number = list.list.number;
  held.digest = std::move(digest);
  held.taken = ports_.clock.now().at;
  auto entries = list.list.entries;
  auto stored = co_await ports_.store.replace_list(held, std::move(entries));
  if (!stored) co_return stored.error();
  ports_.gate.denied.replace_list(std::move(held), list.list.entries);
  effect = effect_now();
  if (on_number_) on_number_();
  co_await act(effect);
  co_return Result<void>();
}

Task<Result<DenyEffect>> DenyDesk::deny_here(Denial entry, Actor who) {
  const Denied& denied = ports_.gate.denied;
  const bool is_new_here = !denied.holds_local(entry.kind, entry.value);
  if (is_new_here && denied.local_count() >= most_local)
    co_return Error(Errc::too_large, "more local entries than a list may have: use a signed list");
  const WallReading now = ports_.clock.now();
  const bool seems_over = entry.until && *entry.until <= now.at;
  if (seems_over && now.quality == ClockQuality::synced)
    co_return Error(Errc::conflict,
                    "until " + to_rfc3339(*entry.until) + " is past: nobody would be kept out");
  DenyEffect effect;
  std::string object = object_of(entry);
  auto change = put(entry, effect);
  auto done = co_await ports_.audited.carry(std::move(who), "deny add", std::move(object), std::move(change));
  if (!done) co_return done.error();
  effect.seems_over = seems_over;
  co_return effect;
}

Task<Result<void>> DenyDesk::put(Denial& entry, DenyEffect& effect) {
  auto stored = co_await ports_.store.put_local(entry);
  if (!stored) co_return stored.error();
  ports_.gate.denied.put_local(entry);
  effect = effect_now();
  co_await act(effect);
  co_return Result<void>();
}

Task<Result<DenyEffect>> DenyDesk::lift_here(DenyKind kind, std::string value, Actor who) {
  auto named = make_denial(kind, value);
  if (!named) co_return named.error();
  DenyEffect effect;
  std::string object = object_of(*named);
  auto change = remove(kind, named->value, effect);
  auto done =
      co_await ports_.audited.carry(std::move(who), "deny remove", std::move(object), std::move(change));
  if (!done) co_return done.error();
  co_return effect;
}

Task<Result<void>> DenyDesk::remove(DenyKind kind, std::string value, DenyEffect& effect) {
  auto gone = co_await ports_.store.remove_local(kind, value);
  if (!gone) co_return gone.error();
  const bool is_listed = ports_.gate.denied.lists(kind, value);
  if (!*gone && is_listed)
    co_return Error(Errc::conflict,
                    "it stands in the signed list: only a list of a higher number lifts that");
  if (!*gone) co_return Error(Errc::not_found, "no such entry was added here");
  ports_.gate.denied.remove_local(kind, value);
  effect = effect_now();
  effect.is_still_listed = is_listed;
  co_return Result<void>();
}

// Those that are enrolled here. Valid until the groups change.
Task<std::span<const EnrolledAuthority>> DenyDesk::authorities() {
  auto groups = co_await ports_.ledger.groups();
  std::span<const EnrolledAuthority> out;
  if (groups) out = authorities_.of(*groups);
  if (!groups) log::warning("CAs above leaves were not looked at", {{"detail", groups.error().detail}});
  co_return out;
}

// What is open of leaves that are denied now ends now.
Task<void> DenyDesk::act(DenyEffect& effect) {
  const std::span<const EnrolledAuthority> above = co_await authorities();
  const Denied& denied = ports_.gate.denied;
  const auto is_denied = [&](const Shown& shown) { return denied.denies(shown, above); };
  effect.connections = ports_.gate.connections.end_those(is_denied);
  ports_.admission.end_denied_relays(is_denied);
  if (ports_.passes != nullptr)
    effect.connections +=
        ports_.passes->revoke([&denied](const Marks& marks) { return are_denied(denied, marks); });
  std::vector<RegistrationId> waiting;
  for (const auto& [key, operation] : ports_.forwarder.operations())
    if (denied.bar(key, operation.row.credential) != Reason::none) waiting.push_back(operation.row.id);
  for (RegistrationId& id : waiting) {
    const bool ended = co_await ports_.forwarder.refuse_denied(std::move(id));
    if (ended) ++effect.operations;
  }
}

void DenyDesk::note_fetch_trouble(std::string trouble) {
  if (trouble == fetch_trouble_) return;
  if (fetch_trouble_.empty()) fetch_troubled_since_ = ports_.clock.now().at;
  if (!trouble.empty()) log::warning("no deny list by deny.url", {{"detail", trouble}});
  if (trouble.empty()) log::notice("deny lists are fetched again");
  fetch_trouble_ = std::move(trouble);
}

std::vector<DegradedMode> DenyDesk::troubles() const {
  std::vector<DegradedMode> out;
  if (!fetch_trouble_.empty())
    out.push_back(degraded(Reason::deny_list_refused,
                           "the list that is held goes on to count: " + fetch_trouble_,
                           fetch_troubled_since_));
  for (const Reason why : {Reason::credential_swapped, Reason::two_places_at_once}) {
    const std::size_t count = ports_.gate.held_for(why);
    if (count == 0) continue;
    out.push_back(degraded(why,
                           std::to_string(count) + (count == 1 ? " leaf is" : " leaves are") +
                               " held until an operator decides: leafgatectl held",
                           ports_.gate.held_since(why)));
  }
  return out;
}

}  // namespace leafgate
