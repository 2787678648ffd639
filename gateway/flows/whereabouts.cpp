#include "gateway/flows/whereabouts.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/flows/service_verdict.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {
namespace {

// Leaves share a commit with it; many in a row would leave them none without.
constexpr std::size_t rows_of_a_write = 100;
constexpr Millis rest_behind_a_write{5};
constexpr std::size_t let_go_at_a_time = 256;  // some tens of microseconds of the loop
constexpr std::size_t learnt_together = 32;    // one commit for all of them
// A younger confirmation is as good as this one.
constexpr Millis young = std::chrono::hours(1);

bool is_same(const RegistrationState& state, const Assignment& known) {
  // Each registration of a TPM rolls its key for the hub: after another one it is not known here.
  const bool same_key = !known.tpm_key || known.etag == state.etag;
  return known.assigned_hub == state.assigned_hub && known.device_id == state.device_id && same_key;
}

// All of them at once would hold up the loop.
Task<void> let_go(Executor loop, std::deque<ListedPlace> those) {
  while (!those.empty()) {
    const auto some = static_cast<std::ptrdiff_t>(std::min(those.size(), let_go_at_a_time));
    those.erase(those.begin(), those.begin() + some);
    co_await boost::asio::post(loop, use_task);
  }
}

}  // namespace

SightingSays judge_sighting(const RegistrationState& state, const Assignment* known,
                            const std::vector<std::string>& hub_suffixes, PoweredTime asked_at) {
  if (state.status != RegistrationStatus::assigned || state.device_id.empty() ||
      !is_plausible_hub(state.assigned_hub, hub_suffixes))
    return SightingSays::nothing;
  if (known == nullptr) return SightingSays::learnt;
  if (known->provisional) return SightingSays::nothing;
  if (is_same(state, *known)) return SightingSays::confirmed;
  // A page may have been read before the leaf registered here. Of what was confirmed long before it was asked
  // for the page knows better, whatever either clock says.
  const bool lately = known->confirmed_at + young > asked_at;
  const bool older =
      lately && state.last_updated && *state.last_updated + clocks_differ < known->confirmed_wall;
  return older ? SightingSays::nothing : SightingSays::rehomed;
}

// Without a place in memory: a list is longer than the leaves that come here.
Task<Result<std::optional<Assignment>>> Whereabouts::known(std::string key) {
  if (const Ledger::Record held = ports_.ledger.peek(key)) co_return held->registration.assignment;
  auto read = co_await ports_.registrations.find(key);
  if (!read) co_return read.error();
  if (!*read) co_return std::optional<Assignment>();
  co_return std::move((*read)->registration.assignment);
}

Task<void> Whereabouts::take(std::vector<ListedPlace> sightings) {
  std::vector<Confirmation> same;
  const PoweredTime now = ports_.meter.now();
  for (ListedPlace& sighting : sightings) {
    const auto id = RegistrationId::parse(sighting.state.registration_id);
    if (!id || ports_.forwarder.operations().find(id->key()) != nullptr) continue;
    auto assignment = co_await known(id->key());
    if (!assignment) continue;
    const Assignment* held = *assignment ? &**assignment : nullptr;
    const SightingSays says = judge_sighting(sighting.state, held, hub_suffixes_, sighting.asked_at);
    if (says == SightingSays::confirmed) {
      ++tally_.confirmed;
      if (now - held->confirmed_at >= young)
        same.push_back({id->key(), sighting.state.assigned_hub, sighting.state.device_id});
    } else if (says != SightingSays::nothing && waiting_.size() < most_waiting_) {
      waiting_.push_back(std::move(sighting));
    } else if (says != SightingSays::nothing) {
      ++passed_over_;
    }
    if (same.size() < rows_of_a_write) continue;
    co_await confirm(std::move(same));
    same.clear();
    co_await sleep_for(rest_behind_a_write);
  }
  if (!same.empty()) co_await confirm(std::move(same));
}

void Whereabouts::forget_waiting() {
  passed_over_ = 0;
  if (!waiting_.empty()) spawn(loop_, let_go(loop_, std::exchange(waiting_, {})));
}

Task<void> Whereabouts::confirm(std::vector<Confirmation> those) {
  const PoweredTime powered = ports_.meter.now();
  const WallTime wall = ports_.clock.now().at;
  const std::vector<Confirmation> told = those;
  auto done = co_await ports_.confirmations.confirm(std::move(those), powered, wall);
  if (!done) {
    log::warning("confirmations of the service's list were not stored", {{"detail", done.error().detail}});
    co_return;
  }
  for (const Confirmation& one : told) {
    const Ledger::Record record = ports_.ledger.peek(one.key);
    if (!record || !record->registration.assignment) continue;
    Assignment& held = *record->registration.assignment;
    const bool same = held.assigned_hub == one.assigned_hub && held.device_id == one.device_id &&
                      !held.provisional && ports_.forwarder.operations().find(one.key) == nullptr;
    if (!same) continue;
    held.confirmed_at = powered;
    held.confirmed_wall = wall;
  }
}

// What is known may be another by now.
Task<void> Whereabouts::learn(ListedPlace sighting) {
  auto id = RegistrationId::parse(sighting.state.registration_id);
  if (!id || ports_.forwarder.operations().find(id->key()) != nullptr) co_return;
  auto assignment = co_await known(id->key());
  if (!assignment) co_return;
  const Assignment* held = *assignment ? &**assignment : nullptr;
  const SightingSays says = judge_sighting(sighting.state, held, hub_suffixes_, sighting.asked_at);
  if (says != SightingSays::learnt && says != SightingSays::rehomed) co_return;
  Assignment told = assignment_of(sighting.state, ports_.meter.now(), ports_.clock.now().at);
  const bool same_place =
      held != nullptr && held->assigned_hub == told.assigned_hub && held->device_id == told.device_id;
  if (!same_place) {
    told.enrollment_id = std::move(sighting.enrollment);
    told.enrollment_etag = std::move(sighting.etag);
  }
  const bool moved = held != nullptr && !same_place;
  if (moved)
    ++tally_.rehomed;
  else
    ++tally_.learnt;
  const Reason reason = moved ? Reason::assigned_elsewhere : Reason::learnt_from_service;
  co_await ports_.findings.assigned(std::move(*id), std::move(told), reason);
}

Task<void> Whereabouts::learn_counted(ListedPlace sighting) {
  co_await learn(std::move(sighting));
  if (--under_way_ == 0) all_taken_.notify();
}

Task<bool> Whereabouts::learn_some() {
  if (waiting_.empty()) co_return false;
  for (std::size_t i = 0; i < learnt_together && !waiting_.empty(); ++i) {
    ListedPlace next = std::move(waiting_.front());
    waiting_.pop_front();
    ++under_way_;
    spawn(loop_, learn_counted(std::move(next)));
  }
  while (under_way_ > 0) co_await all_taken_.wait();
  co_await sleep_for(rest_behind_a_write);
  co_return !waiting_.empty();
}

}  // namespace leafgate
