// The first page an engineer sees: what works, what does not, and what that means for the leaves.
#include <algorithm>

#include "gateway/flows/desk.hpp"

namespace leafgate {
namespace {

constexpr std::size_t scan_page = 1000;

DegradedMode mode(Reason reason, std::string consequence, WallTime since) {
  DegradedMode m;
  m.reason = reason;
  m.consequence = std::move(consequence);
  m.since = since;
  return m;
}

}  // namespace

Task<Result<void>> Desk::count_leaves(StatusReport& report) {
  auto enrolled = co_await ports_.enrollments.count();
  if (!enrolled) co_return enrolled.error();
  report.enrollments = *enrolled;
  std::string after;
  while (true) {
    auto page = co_await ports_.registrations.list(after, scan_page);
    if (!page) co_return page.error();
    for (const RegistrationRecord& record : *page) {
      after = record.registration.id.key();
      const DeviceRow row = device_row(record);
      ++report.registrations;
      if (!row.assigned_hub.empty()) ++report.assigned;
      ++(row.offline ? report.offline_ready : report.offline_not_ready);
    }
    if (page->size() < scan_page) break;
  }
  co_return Result<void>();
}

void Desk::add_degraded_modes(StatusReport& report) const {
  const WallReading now = ports_.clock.now();
  const LinkState link = ports_.forwarder.state();
  if (!link.up)
    report.degraded.push_back(
        mode(link.reason,
             "known leaves are answered from cache, new ones wait; " + ports_.forwarder.last_trouble(),
             link.since));
  const StoreHealth store = ports_.store.health();
  if (!store.fault.empty())
    report.degraded.push_back(mode(Reason::store_fault, "nothing new is accepted: " + store.fault, now.at));
  if (store.full)
    report.degraded.push_back(
        mode(Reason::store_full, "new leaves are told to come back; known ones are answered", now.at));
  if (now.quality == ClockQuality::unsynced)
    report.degraded.push_back(mode(Reason::time_unknown,
                                   "tokens cannot be checked for age, and none can be made for the service",
                                   now.at));
}

void Desk::set_names(std::string name, std::string site, std::map<std::string, std::string> labels) {
  facts_.name = std::move(name);
  facts_.site = std::move(site);
  facts_.labels = std::move(labels);
}

Task<StatusReport> Desk::status_here() {
  StatusReport report;
  const WallReading now = ports_.clock.now();
  report.version = facts_.version;
  report.name = facts_.name;
  report.site = facts_.site;
  report.labels = facts_.labels;
  report.id_scope = ports_.admission.policy().id_scope.text();
  report.up_for = ports_.meter.since_start();
  report.service = facts_.service;
  const LinkState link = ports_.forwarder.state();
  report.service_up = link.up;
  report.service_since = link.since;
  report.clock = to_text(now.quality);
  report.secrets = to_text(ports_.trust.protection());
  WallTime oldest = now.at;
  for (const auto& [key, operation] : ports_.forwarder.operations()) {
    if (!operation.durable) continue;
    ++report.outbox;
    oldest = std::min(oldest, operation.row.queued_at);
  }
  report.outbox_oldest = now.at - oldest;
  const Tally& tally = ports_.admission.tally();
  report.answered_from_cache = tally.answered_from_cache;
  report.forwarded = ports_.forwarder.sent();
  report.refused = tally.refused;
  const StoreHealth store = ports_.store.health();
  report.store_writes = store.writes;
  report.store_size = store.size;
  report.listening = facts_.listening;
  if (facts_.connections) report.connections = facts_.connections();
  if (facts_.certificates_left) report.certificates_left = facts_.certificates_left();
  add_degraded_modes(report);
  if (facts_.troubles)
    for (DegradedMode& trouble : facts_.troubles()) report.degraded.push_back(std::move(trouble));
  auto counted = co_await count_leaves(report);
  if (!counted)
    report.degraded.push_back(
        mode(Reason::store_fault, "the store cannot be read: " + counted.error().detail, now.at));
  co_return report;
}

}  // namespace leafgate
