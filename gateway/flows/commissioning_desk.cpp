#include "gateway/flows/commissioning_desk.hpp"

#include <algorithm>
#include <set>

#include "gateway/flows/leaf_walk.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate {
namespace {

std::string counted(std::size_t leaves) {
  return std::to_string(leaves) + (leaves == 1 ? " leaf" : " leaves");
}

std::vector<NamelessSighting> nameless(const std::vector<StrangerRow>& strangers,
                                       const SightingsByKey& named) {
  std::set<std::string_view> of_leaves;
  for (const auto& [key, sighting] : named) of_leaves.insert(sighting.seen_at);
  std::vector<NamelessSighting> out;
  for (const StrangerRow& stranger : strangers) {
    const AttemptNote& last = stranger.notes.back();
    // Who is known by an id that came from there is told as that.
    if (of_leaves.contains(last.source)) continue;
    out.push_back({last.source, last.reason, last.at});
  }
  std::sort(out.begin(), out.end(),
            [](const NamelessSighting& a, const NamelessSighting& b) { return a.source < b.source; });
  return out;
}

}  // namespace

Task<Result<void>> CommissioningDesk::load() {
  auto stored = co_await ports_.expectations.load();
  if (!stored) co_return stored.error();
  keep(std::move(*stored));
  co_return Result<void>();
}

std::string CommissioningDesk::label_of(std::string_view key) const {
  const auto found = expected_->find(key);
  return found == expected_->end() ? std::string() : found->second.leaf.label;
}

std::string CommissioningDesk::label_at(std::string_view source) const {
  const auto found = label_at_.find(ascii_lower(source));
  return found == label_at_.end() ? std::string() : found->second;
}

Task<Result<ExpectedPage>> CommissioningDesk::expected(ExpectedFilter filter) {
  auto here = expected_here(std::move(filter));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> CommissioningDesk::expect(std::vector<ExpectedLeaf> leaves, Actor who) {
  std::string object = counted(leaves.size());
  auto change = replace(std::move(leaves));
  auto here = ports_.audited.carry(std::move(who), "expect import", std::move(object), std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> CommissioningDesk::clear_expected(Actor who) {
  auto change = clear();
  auto here =
      ports_.audited.carry(std::move(who), "expect clear", "the commissioning list", std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> CommissioningDesk::clear() {
  if (expected_->empty()) co_return Error(Errc::not_found, "there is no list");
  std::vector<ExpectedLeaf> none;
  co_return co_await replace(std::move(none));
}

Task<Result<void>> CommissioningDesk::replace(std::vector<ExpectedLeaf> leaves) {
  std::vector<ExpectedLeaf> stored = leaves;
  auto written = co_await ports_.expectations.replace(std::move(stored));
  if (!written) co_return written.error();
  keep(std::move(leaves));
  co_return Result<void>();
}

void CommissioningDesk::keep(std::vector<ExpectedLeaf> leaves) {
  auto kept = std::make_shared<ExpectedByKey>();
  std::map<std::string, std::vector<std::string>> labels_at;
  for (ExpectedLeaf& leaf : leaves) {
    std::string key = ascii_lower(leaf.registration_id);
    if (!leaf.place.empty() && !leaf.label.empty()) labels_at[ascii_lower(leaf.place)].push_back(leaf.label);
    kept->insert_or_assign(std::move(key), PlacedLeaf(std::move(leaf)));
  }
  expected_ = std::move(kept);
  label_at_.clear();
  for (const auto& [place, labels] : labels_at) label_at_.emplace(place, expected_among(labels));
}

Task<Result<ExpectedPage>> CommissioningDesk::expected_here(ExpectedFilter filter) {
  auto seen = co_await sightings();
  if (!seen) co_return seen.error();
  // Of a hundred thousand leaves even to let go of it takes too long for the loop.
  auto work = [expected = expected_, seen = std::move(*seen), strangers = ports_.doors.all(),
               filter = std::move(filter)]() mutable {
    ExpectedPage page = compare(*expected, seen, nameless(strangers, seen), filter);
    seen.clear();
    return page;
  };
  co_return co_await offload(ports_.pool, std::move(work));
}

Task<Result<SightingsByKey>> CommissioningDesk::sightings() {
  SightingsByKey out;
  LeafWalk leaves({ports_.enrollments, ports_.registrations, ports_.ledger}, LeafWalk::Gait::waited_for);
  while (true) {
    if (stopping_) co_return Error(Errc::stopped, "the gateway is stopping");
    auto leaf = co_await leaves.next();
    if (!leaf) co_return leaf.error();
    if (*leaf == nullptr) break;
    // What is in memory is newer: attempts are written only with something else.
    const auto held = ports_.ledger.peek((*leaf)->registration.id.key());
    add_record(out, held ? *held : **leaf);
  }
  // And who is in memory alone: nothing had to be written of them yet.
  std::vector<std::string> held;
  const auto note_key = [&held, &out](const Registration& registration) {
    if (!out.contains(registration.id.key())) held.push_back(registration.id.key());
    return false;
  };
  (void)ports_.ledger.first_held(note_key);
  for (const std::string& key : held)
    if (const auto record = ports_.ledger.peek(key); record && !record->notes.empty())
      add_record(out, *record);
  add_claims(out);
  co_return out;
}

void CommissioningDesk::add_record(SightingsByKey& into, const RegistrationRecord& record) const {
  const Registration& registration = record.registration;
  Sighting& sighting = into[registration.id.key()];
  sighting.registration_id = registration.id.text();
  sighting.assigned = registration.assignment && !registration.assignment->provisional;
  add_own_notes(sighting, record.notes);
  const OpenOperation* open = ports_.forwarder.operations().find(registration.id.key());
  if (open != nullptr && open->durable)
    sighting.reason = open->waiting_for == Reason::none ? open->row.reason : open->waiting_for;
}

// What was done at the doors in somebody's name is no proof of where he is, only a trace.
void CommissioningDesk::add_claims(SightingsByKey& into) const {
  for (const Doors::Claim& claim : ports_.doors.claims()) {
    const auto id = RegistrationId::parse(claim.claimed_id);
    if (!id) continue;
    Sighting& sighting = into[id->key()];
    if (sighting.registration_id.empty()) sighting.registration_id = id->text();
    add_note(sighting, claim.note);
  }
}

}  // namespace leafgate
