#include "gateway/flows/desk.hpp"

#include <algorithm>

#include "gateway/crypto/base64.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/notes.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t scan_page = 1000;
constexpr std::size_t most_rows = 1000;

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return ascii_lower(text).find(ascii_lower(part)) != std::string::npos;
}

}  // namespace

Desk::Desk(Executor first_loop, DeskPorts ports, GatewayFacts facts)
    : first_loop_(first_loop), ports_(ports), facts_(std::move(facts)) {}

Task<StatusReport> Desk::status() {
  auto here = status_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

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

Task<Result<std::size_t>> Desk::import(std::vector<ImportItem> items, std::string who) {
  auto here = import_here(std::move(items), std::move(who));
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<std::vector<Enrollment>>> Desk::enrollments(EnrollmentKind kind, std::string after,
                                                        std::size_t limit) {
  auto here = ports_.enrollments.list(kind, std::move(after), std::min(limit, most_rows));
  co_return co_await run_on(first_loop_, std::move(here));
}

Millis Desk::trust_left(const Assignment& assignment) const {
  return ports_.admission.policy().offline_max_age - (ports_.meter.now() - assignment.confirmed_at);
}

DeviceRow Desk::device_row(const RegistrationRecord& stored) {
  // What is in memory is newer than what is stored: attempts are written only with something else.
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  const Registration& registration = record.registration;
  DeviceRow row;
  row.registration_id = registration.id.text();
  if (registration.assignment) {
    row.status = RegistrationStatus::assigned;
    row.assigned_hub = registration.assignment->assigned_hub;
    row.device_id = registration.assignment->device_id;
    row.offline = trust_left(*registration.assignment) > Millis(0) ||
                  ports_.admission.policy().beyond == BeyondPolicy::serve;
  } else if (registration.outcome) {
    row.status = registration.outcome->status;
  }
  const OpenOperation* open = ports_.forwarder.operations().find(registration.id.key());
  if (open && open->durable) row.status = RegistrationStatus::assigning;
  if (!record.notes.empty()) {
    row.reason = record.notes.back().reason;
    row.last_seen = record.notes.back().at;
  }
  if (open && open->durable)
    row.reason = open->waiting_for == Reason::none ? open->row.reason : open->waiting_for;
  return row;
}

Task<Result<DevicePage>> Desk::devices_here(DeviceFilter filter) {
  DevicePage page;
  const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, most_rows);
  std::string after = ascii_lower(filter.after);
  while (true) {
    auto stored = co_await ports_.registrations.list(after, scan_page);
    if (!stored) co_return stored.error();
    for (const RegistrationRecord& record : *stored) {
      after = record.registration.id.key();
      DeviceRow row = device_row(record);
      if (filter.state && row.status != *filter.state) continue;
      if (!filter.match.empty() && !contains_ignoring_case(row.registration_id, filter.match) &&
          !contains_ignoring_case(row.assigned_hub, filter.match))
        continue;
      page.rows.push_back(std::move(row));
      if (page.rows.size() == limit) {
        page.next = after;
        co_return page;
      }
    }
    if (stored->size() < scan_page) co_return page;
  }
}

Task<Result<Explanation>> Desk::explain_here(RegistrationId id) {
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return record.error();
  auto individual = co_await ports_.ledger.individual(id.key());
  if (!individual) co_return individual.error();
  auto row = co_await ports_.registrations.outbox_row(id.key());
  if (!row) co_return row.error();
  Explanation told;
  const Registration& registration = (*record)->registration;
  told.device = device_row(**record);
  if (registration.id.text() != id.text() && !registration.assignment)
    told.device.registration_id = id.text();
  told.assignment = registration.assignment;
  told.outcome = registration.outcome;
  told.queued = std::move(*row);
  if (registration.assignment) {
    told.enrollment = registration.assignment->enrollment_id;
    told.trust_left = std::max(Millis(0), trust_left(*registration.assignment));
  }
  if (told.queued) told.enrollment = told.queued->enrollment_id;
  if (*individual) told.enrollment = reference(**individual);
  if (*individual) told.mechanism = (*individual)->mechanism;
  if (!*individual && !told.enrollment.empty()) told.mechanism = Mechanism::symmetric_key;
  told.notes = (*record)->notes;
  for (AttemptNote& note : ports_.doors.of_claimed_id(id)) told.notes.push_back(std::move(note));
  std::stable_sort(told.notes.begin(), told.notes.end(),
                   [](const AttemptNote& a, const AttemptNote& b) { return a.at < b.at; });
  if (told.notes.empty() && told.enrollment.empty() && !told.queued && !told.assignment && !told.outcome)
    co_return Error(Errc::not_found, "nothing is known of this registrationId: not enrolled, and never seen");
  if (!told.notes.empty() && told.device.reason == Reason::none)
    told.device.reason = told.notes.back().reason;
  co_return told;
}

Task<Result<StrangerRow>> Desk::explain_address_here(std::string address) {
  auto seen = ports_.doors.of_address(address);
  if (!seen) co_return Error(Errc::not_found, "no source of this address has failed here since the start");
  co_return std::move(*seen);
}

Result<void> Desk::seal_keys(ImportItem& item) {
  const std::string row = reference(item.enrollment);
  const auto seal = [&](const std::string& text, std::optional<SealedKey>& into) -> Result<void> {
    if (text.empty()) return {};
    const auto key = crypto::base64::decode_secret(text);
    if (!key) return key.error();
    auto sealed = ports_.trust.seal(*key, row);
    if (!sealed) return sealed.error();
    into = std::move(*sealed);
    return {};
  };
  auto primary = seal(item.primary_key, item.enrollment.primary_key);
  if (!primary) return primary;
  return seal(item.secondary_key, item.enrollment.secondary_key);
}

Result<void> Desk::refuse_ended(const ImportItem& item, WallReading now) {
  if (!item.ends || now.quality == ClockQuality::unsynced || now.at <= *item.ends) return {};
  return Error(Errc::refused,
               reference(item.enrollment) + ": its certificate has ended " + to_rfc3339(*item.ends));
}

Task<Result<std::size_t>> Desk::import_here(std::vector<ImportItem> items, std::string who) {
  std::vector<Enrollment> enrollments;
  enrollments.reserve(items.size());
  for (ImportItem& item : items) {
    if (auto ended = refuse_ended(item, ports_.clock.now()); !ended) co_return ended.error();
    auto sealed = seal_keys(item);
    if (!sealed) co_return sealed.error();
    enrollments.push_back(std::move(item.enrollment));
  }
  const std::size_t count = enrollments.size();
  auto stored = co_await ports_.enrollments.import(std::move(enrollments));
  if (!stored) co_return stored.error();
  ports_.ledger.enrollments_changed();
  log::notice("enrollments imported", {{"count", static_cast<std::uint64_t>(count)}, {"by", who}});
  co_return count;
}

}  // namespace leafgate
