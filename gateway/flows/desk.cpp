// What the engineer asks about leaves.
#include "gateway/flows/desk.hpp"

#include <algorithm>

#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/flows/toward_hub.hpp"

namespace leafgate {
namespace {

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return ascii_lower(text).find(ascii_lower(part)) != std::string::npos;
}

bool fits(const DeviceRow& row, const DeviceFilter& filter, const Labels* labels) {
  if (filter.state && row.status != *filter.state) return false;
  if (filter.expiring && (!row.trust_left || *row.trust_left >= *filter.expiring)) return false;
  return filter.match.empty() || contains_ignoring_case(row.registration_id, filter.match) ||
         contains_ignoring_case(row.assigned_hub, filter.match) ||
         (labels != nullptr &&
          contains_ignoring_case(labels->label_of(ascii_lower(row.registration_id)), filter.match));
}

// The group that a record refers to so, or null.
const Enrollment* named(const std::string& enrollment, const std::vector<Enrollment>& groups) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const Enrollment& group) { return reference(group) == enrollment; });
  return found == groups.end() ? nullptr : &*found;
}

// Whether somebody has proved to be this leaf here, or the service has spoken of it.
bool was_ever_proved(const RegistrationRecord& record) {
  return record.registration.assignment || record.registration.outcome ||
         std::any_of(record.notes.begin(), record.notes.end(),
                     [](const AttemptNote& note) { return !note.unverified; });
}

// A leaf that was sent to the service and did not get there: that is what it suffers from. Of one that has
// its hub nobody's passing tells more than what is known.
bool is_newer_in_the_tunnel(const Explanation& told) {
  return told.device.reason == Reason::sent_through && !told.assignment && told.notes.back().step == "tunnel";
}

}  // namespace

Desk::Desk(Executor first_loop, DeskPorts ports, GatewayFacts facts)
    : first_loop_(first_loop),
      ports_(ports),
      facts_(std::move(facts)),
      census_(first_loop,
              CensusPorts{ports.enrollments, ports.registrations, ports.store, ports.ledger, ports.trust,
                          ports.clock, ports.meter, ports.forwarder, ports.admission.policy(),
                          ports.admission.doubt(), ports.admission.gatekeeper(), ports.group_keys}),
      audited_(ports.audit, ports.clock, ports.events) {}

Task<Result<DevicePage>> Desk::devices(DeviceFilter filter) {
  auto here = devices_here(std::move(filter));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<Explanation>> Desk::explain(RegistrationId id) {
  auto here = explain_here(std::move(id));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<StrangerRow>> Desk::explain_address(std::string address) {
  auto here = explain_address_here(std::move(address));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<std::vector<StrangerRow>> Desk::strangers() {
  auto here = strangers_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<DevicePage>> Desk::devices_here(DeviceFilter filter) {
  DevicePage page;
  const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, desk_rows);
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  LeafWalk leaves({ports_.enrollments, ports_.registrations, ports_.ledger}, LeafWalk::Gait::waited_for,
                  ascii_lower(filter.after));
  while (true) {
    if (stopping_) co_return Error(Errc::stopped, "the gateway is stopping");
    auto leaf = co_await leaves.next();
    if (!leaf) co_return leaf.error();
    if (*leaf == nullptr) co_return page;
    const RegistrationRecord& stored = **leaf;
    auto individual = co_await leaves.individual();
    if (!individual) co_return individual.error();
    DeviceRow row = census_.standing(stored, *individual, **groups).row;
    if (!fits(row, filter, labels_)) continue;
    page.rows.push_back(std::move(row));
    if (page.rows.size() < limit) continue;
    page.next = stored.registration.id.key();
    co_return page;
  }
}

Task<Result<Explanation>> Desk::explain_here(RegistrationId id) {
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return record.error();
  auto individual = co_await ports_.ledger.individual(id.key());
  if (!individual) co_return individual.error();
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  Explanation told;
  const Registration& registration = (*record)->registration;
  // That a group takes all ids does not make an unknown one its leaf.
  const std::vector<Enrollment> no_groups;
  const bool is_a_leaf = was_ever_proved(**record);
  Standing standing = census_.standing(**record, individual->get(), is_a_leaf ? **groups : no_groups);
  told.device = std::move(standing.row);
  told.without_uplink = standing.without_uplink;
  if (registration.id.text() != id.text() && !registration.assignment)
    told.device.registration_id = id.text();
  told.assignment = registration.assignment;
  told.outcome = registration.outcome;
  if (registration.assignment)
    told.enrollment = registration.assignment->enrollment_id;
  else if (standing.by != nullptr)
    told.enrollment = reference(*standing.by);
  // As the queue tells it: the store does not hear of every try.
  const OpenOperation* open = ports_.forwarder.operations().find(id.key());
  if (open != nullptr && open->durable) {
    told.queued = queue_row(*open, ports_.clock.now().at);
    told.enrollment = open->row.enrollment_id;
  }
  if (*individual) told.enrollment = reference(**individual);
  if (*individual) told.mechanism = (*individual)->mechanism;
  if (!*individual) {
    const Enrollment* group = named(told.enrollment, **groups);
    if (group == nullptr) told.enrollment.clear();  // what vouched then is not held any more
    if (group != nullptr) told.mechanism = group->mechanism;
  }
  auto receipt = co_await find_receipt(id);
  if (!receipt) co_return receipt.error();
  told.receipt = std::move(*receipt);
  told.notes = (*record)->notes;
  if (ports_.passes != nullptr) {
    const TowardHub toward = toward_hub(told.assignment, told.notes, *ports_.passes,
                                        ports_.meter.since_start(), ports_.clock.now().at);
    told.hub_seen = toward.seen;
    if (toward.never) told.toward_hub = Reason::never_seen_toward_its_hub;
  }
  for (AttemptNote& note : ports_.doors.of_claimed_id(id)) told.notes.push_back(std::move(note));
  std::stable_sort(told.notes.begin(), told.notes.end(),
                   [](const AttemptNote& a, const AttemptNote& b) { return a.at < b.at; });
  const bool is_a_stranger =
      told.notes.empty() && told.enrollment.empty() && !told.queued && !told.assignment && !told.outcome;
  const Gatekeeper* gate = ports_.admission.gatekeeper();
  const Reason bar = gate == nullptr ? Reason::none : gate->denied.bar(id.key(), {});
  if (is_a_stranger) told.device.reason = bar;
  if (is_a_stranger && bar == Reason::none)
    co_return Error(Errc::not_found, "nothing is known of this registrationId: not enrolled, and never seen");
  if (!told.notes.empty() && (told.device.reason == Reason::none || is_newer_in_the_tunnel(told)))
    told.device.reason = told.notes.back().reason;
  co_return told;
}

Task<Result<StrangerRow>> Desk::explain_address_here(std::string address) {
  auto seen = ports_.doors.of_address(address);
  if (!seen) co_return Error(Errc::not_found, "no source of this address has failed here since the start");
  co_return std::move(*seen);
}

Task<std::vector<StrangerRow>> Desk::strangers_here() { co_return ports_.doors.all(); }

}  // namespace leafgate
