#include "gateway/flows/census.hpp"

#include <algorithm>

#include "gateway/flows/enrollment_cursor.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/what_if.hpp"

namespace leafgate {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t page = 250;  // of a scan: some 0.5 ms of the loop
constexpr std::size_t few = 2000;
constexpr auto often = seconds(15);
constexpr auto too_old = minutes(2);
constexpr auto trust_runs_out = minutes(10);  // with nothing written, only time changes the counts

}  // namespace

Standing Census::standing(const RegistrationRecord& stored, const Enrollment* individual,
                          const std::vector<Enrollment>& groups) const {
  // What is in memory is newer than what is stored: attempts are written only with something else.
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  const Registration& registration = record.registration;
  Standing out;
  DeviceRow& row = out.row;
  row.registration_id = registration.id.text();
  if (registration.outcome) row.status = registration.outcome->status;
  if (registration.assignment) {
    row.status = RegistrationStatus::assigned;
    row.assigned_hub = registration.assignment->assigned_hub;
    row.device_id = registration.assignment->device_id;
    const Millis age = std::max(Millis(0), ports_.meter.now() - registration.assignment->confirmed_at);
    out.trust = trust_of(voucher(registration, individual, groups), ports_.policy);
    if (!registration.assignment->provisional) row.trust_left = std::max(Millis(0), out.trust - age);
  }
  const Decision decision = without_uplink_for(Millis(0), registration, individual, groups);
  row.offline = is_answered(decision);
  out.without_uplink = decision.reason;
  if (!record.notes.empty()) {
    row.reason = record.notes.back().reason;
    row.last_seen = record.notes.back().at;
  }
  const OpenOperation* open = ports_.forwarder.operations().find(registration.id.key());
  if (open != nullptr && open->durable) {
    row.status = RegistrationStatus::assigning;
    row.reason = open->waiting_for == Reason::none ? open->row.reason : open->waiting_for;
  }
  return out;
}

// Where it is not known which certificate a leaf shows, one that is denied of its enrollment speaks against
// it.
Reason Census::kept_out(const Registration& registration, const Enrollment* individual,
                        const std::vector<Enrollment>& groups) const {
  if (ports_.gatekeeper == nullptr) return Reason::none;
  const Denied& denied = ports_.gatekeeper->denied;
  const std::string& id = registration.id.key();
  const std::string shown = registration.assignment ? registration.assignment->credential : std::string();
  if (const Reason why = denied.bar(id, shown); why != Reason::none) return why;
  if (denied.contested(id) != nullptr) return Reason::two_places_at_once;
  const Enrollment* by = voucher(registration, individual, groups);
  if (by == nullptr || by->mechanism != Mechanism::x509) return Reason::none;
  const bool is_known = by->kind == EnrollmentKind::individual && !shown.empty();
  const auto is_denied = [&denied](const std::optional<EnrolledCertificate>& certificate) {
    return certificate && denied.denies(DenyKind::certificate, certificate->sha256);
  };
  const bool any = is_denied(by->primary_certificate) || is_denied(by->secondary_certificate);
  return any && !is_known ? Reason::denied : Reason::none;
}

Decision Census::without_uplink_for(Millis span, const Registration& registration,
                                    const Enrollment* individual,
                                    const std::vector<Enrollment>& groups) const {
  if (const Reason why = kept_out(registration, individual, groups); why != Reason::none) {
    Decision refused;
    refused.reason = why;
    return refused;
  }
  WallReading then = ports_.clock.now();
  then.at += span;
  return without_uplink(registration, individual, groups, ports_.meter.now() + span, then, ports_.policy,
                        ports_.doubt);
}

Decision Census::without_uplink_for(Millis span, const RegistrationRecord& stored,
                                    const Enrollment* individual,
                                    const std::vector<Enrollment>& groups) const {
  const auto held = ports_.ledger.peek(stored.registration.id.key());
  const RegistrationRecord& record = held ? *held : stored;
  return without_uplink_for(span, record.registration, individual, groups);
}

// Whoever is answered at the end of a span was so before: nothing but the age of what is known changes.
void Census::count(LeafCounts& counts, const Standing& standing, const RegistrationRecord& record,
                   const Enrollment* individual, const std::vector<Enrollment>& groups) const {
  const DeviceRow& row = standing.row;
  ++counts.all;
  ++counts.by_status[row.status];
  if (!row.assigned_hub.empty()) ++counts.assigned;
  if (!row.offline) return;
  ++counts.offline_ready;
  const auto stays = [&](Millis span) {
    return is_answered(without_uplink_for(span, record, individual, groups));
  };
  if (row.trust_left) {
    const Millis soon = std::min(standing.trust / 10, Millis(days(3)));
    if (*row.trust_left < soon && !stays(soon)) ++counts.ending;
  }
  if (!stays(days(7))) return;
  ++counts.ready_in_7_days;
  if (stays(days(30))) ++counts.ready_in_30_days;
}

Census::Mark Census::mark() const {
  const Policy& policy = ports_.policy;
  return {ports_.store.health().writes,
          ports_.clock.now().quality,
          policy.offline_max_age,
          policy.beyond,
          policy.unknown,
          policy.untrusted_clock,
          ports_.doubt};
}

Millis Census::counted_ago() const {
  return std::chrono::duration_cast<Millis>(LoopClock::now() - counted_at_);
}

Task<Result<LeafCounts>> Census::counts() {
  const auto age = LoopClock::now() - counted_at_;
  const bool same = counted_ && counted_mark_ == mark() && age < trust_runs_out;
  if (same) co_return counts_;
  const bool may_wait = counted_ && counts_.all > few && age < too_old;
  if (may_wait) {
    if (age >= often) wakeup_.notify();
    co_return counts_;
  }
  co_return co_await scan();
}

Task<Result<LeafCounts>> Census::scan() {
  const Mark begun_mark = mark();
  const TimePoint begun_at = LoopClock::now();
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  EnrollmentCursor cursor(ports_.enrollments);
  LeafCounts counts;
  std::string after;
  while (!stopping_) {
    auto records = co_await ports_.registrations.list(after, page);
    if (!records) co_return records.error();
    for (const RegistrationRecord& record : *records) {
      after = record.registration.id.key();
      auto individual = co_await cursor.find(after);
      if (!individual) co_return individual.error();
      count(counts, standing(record, *individual, **groups), record, *individual, **groups);
    }
    if (records->size() < page) break;
  }
  counts_ = counts;
  counted_ = true;
  counted_mark_ = begun_mark;
  counted_at_ = begun_at;
  co_return counts;
}

Task<void> Census::run() {
  while (!stopping_) {
    auto counted = co_await scan();
    if (!counted) counted_ = false;  // who asks next scans, and is told
    const bool asked = co_await wakeup_.wait_until(TimePoint::max());
    (void)asked;
  }
}

void Census::stop() {
  stopping_ = true;
  wakeup_.notify();
}

}  // namespace leafgate
