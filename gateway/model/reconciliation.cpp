#include "gateway/model/reconciliation.hpp"

#include <algorithm>
#include <utility>

namespace leafgate {
namespace {

using S = PromiseState;

constexpr auto state_rows = std::to_array<PromiseStateRow>({
    {S::queued, "queued", "accepted while the service was away; it has yet to hear of it",
     "bring the uplink back"},
    {S::provisional, "provisional", "told its only possible hub; the service has yet to confirm it",
     "bring the uplink back"},
    {S::needs_the_leaf, "needs-the-leaf", "the service can hear of it only from the leaf itself",
     "power-cycle it once the uplink is back; over IP it needs [tunnel] then"},
    {S::confirmed, "confirmed", "the service has put it where it was told or known, or anew", ""},
    {S::rehomed, "re-homed", "the service has put it elsewhere; it hears so at its next contact",
     "if it does not come by itself: restart the device"},
    {S::refused, "refused", "the service has refused it; it hears so at its next contact",
     "look at its enrollment at the service"},
    {S::conflict, "conflict", "what the service says does not fit what is here",
     "leafgatectl explain ID; compare its enrollment here and at the service"},
});

constexpr bool every_state_is_at_its_place() {
  for (std::size_t i = 0; i < state_rows.size(); ++i)
    if (state_rows[i].state != static_cast<S>(i)) return false;
  return state_rows.size() == promise_states;
}
static_assert(every_state_is_at_its_place(), "one row per state, in the order of the enumeration");

bool is_refused_here(Reason reason) {
  switch (reason) {
    case Reason::denied:
    case Reason::rejected_by_operator:
    case Reason::enrollment_disabled:
    case Reason::enrollment_without_key:
    case Reason::unknown_enrollment:
      return true;
    default:
      return false;
  }
}

S outcome_of(const Promise& promise, const Assignment& assignment, bool taken) {
  const bool by_a_former_key = promise.state == S::conflict && promise.reason == Reason::wrong_key;
  if (taken || by_a_former_key) return S::conflict;
  const bool elsewhere = !promise.hub.empty() && (promise.hub != assignment.assigned_hub ||
                                                  promise.device_id != assignment.device_id);
  return elsewhere ? S::rehomed : S::confirmed;
}

}  // namespace

std::string_view text(const Promise& promise) {
  const bool here = promise.state == S::refused && is_refused_here(promise.reason);
  return here ? "refused here, the service was not asked; it hears so at its next contact"
              : row(promise.state).text;
}

const PromiseStateRow& row(PromiseState state) { return state_rows[static_cast<std::size_t>(state)]; }

std::string_view code(PromiseState state) { return row(state).code; }

std::optional<PromiseState> promise_state_from_code(std::string_view code) {
  const auto found = std::find_if(state_rows.begin(), state_rows.end(),
                                  [code](const PromiseStateRow& r) { return r.code == code; });
  if (found == state_rows.end()) return std::nullopt;
  return found->state;
}

bool is_promise(Reason reason) {
  return reason == Reason::queued_offline || reason == Reason::beyond_trust_queued ||
         reason == Reason::provisional_assignment;
}

bool waits_for_the_leaf(const Promise& promise) {
  return !promise.is_settled() && promise.state == S::needs_the_leaf;
}

bool is_of_former_outage(const Promise& promise, std::int64_t now) {
  return waits_for_the_leaf(promise) && (promise.outage != now || promise.reason == Reason::passed_through);
}

std::optional<Promise> promise_of(const OutboxRow& row, const Registration& known) {
  if (!is_promise(row.reason)) return std::nullopt;
  Promise out(row.id);
  if (row.reason == Reason::provisional_assignment) out.made = S::provisional;
  out.state = out.made;
  out.reason = row.reason;
  out.made_at = row.queued_at;
  if (known.assignment) {
    out.hub = known.assignment->assigned_hub;
    out.device_id = known.assignment->device_id;
  }
  return out;
}

Promise refused_here(Promise promise, Reason reason, WallTime at) {
  promise.settled_at = at;
  promise.state = S::refused;
  promise.reason = reason;
  return promise;
}

Promise settled(Promise promise, const Registration& result, Ruling ruling, Reason reason, WallTime at,
                bool taken) {
  const bool assigned = ruling == Ruling::assigned || ruling == Ruling::refreshed;
  if (!assigned || !result.assignment) return refused_here(std::move(promise), reason, at);
  promise.settled_at = at;
  promise.settled_hub = result.assignment->assigned_hub;
  promise.settled_device_id = result.assignment->device_id;
  const S state = outcome_of(promise, *result.assignment, taken);
  if (state == S::rehomed) promise.reason = Reason::assigned_elsewhere;
  if (state == S::confirmed) promise.reason = reason;
  if (taken) promise.reason = Reason::two_places_at_once;
  promise.state = state;
  return promise;
}

}  // namespace leafgate
