// The first page an engineer sees: what works, what does not, and what that means for the leaves.
#include <algorithm>

#include "gateway/flows/degraded.hpp"
#include "gateway/flows/desk.hpp"
#include "gateway/model/missing_cas.hpp"

namespace leafgate {
namespace {

// By what is enrolled alone, so that it is told after a restart, and not any more once they are imported.
// Nobody remembers since when.
void add_missing_cas(StatusReport& report, const std::vector<Enrollment>& groups) {
  std::string consequence = consequence_of(missing_cas(groups));
  if (consequence.empty()) return;
  report.degraded.push_back(degraded(Reason::enrollment_without_key, std::move(consequence), WallTime()));
}

}  // namespace

Task<StatusReport> Desk::status() {
  auto here = status_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<SiteNames> Desk::names() {
  const auto here = [this] { return facts_.names ? facts_.names() : SiteNames(); };
  co_return co_await on(first_loop_, here);
}

std::vector<DegradedMode> Desk::own_modes() const {
  std::vector<DegradedMode> out;
  const WallTime since{};  // look() knows
  const StoreHealth store = ports_.store.health();
  if (!store.fault.empty())
    out.push_back(degraded(Reason::store_fault, "nothing new is accepted: " + store.fault, since));
  if (store.full)
    out.push_back(
        degraded(Reason::store_full, "new leaves are told to come back; known ones are answered", since));
  const Reason doubt = ports_.admission.doubt();
  if (doubt != Reason::none)
    out.push_back(degraded(
        doubt, "nobody is answered from here; the service decides, and while it is away leaves wait", since));
  if (ports_.clock.now().quality == ClockQuality::unsynced)
    out.push_back(degraded(Reason::time_unknown, without_time(), since));
  return out;
}

std::vector<DegradedMode> Desk::look() {
  const TimePoint now = LoopClock::now();
  const WallTime wall = ports_.clock.now().at;
  std::vector<DegradedMode> modes = own_modes();
  std::map<Reason, Dated> first;
  for (DegradedMode& mode : modes) {
    const auto known = first_seen_.find(mode.reason);
    const Dated seen = known == first_seen_.end() ? Dated{wall, now} : known->second;
    mode.since = first.emplace(mode.reason, seen).first->second.told(now, wall);
  }
  first_seen_ = std::move(first);
  return modes;
}

void Desk::add_degraded_modes(StatusReport& report) {
  const LinkState link = ports_.forwarder.state();
  if (!link.up)
    report.degraded.push_back(
        degraded(link.reason,
                 "known leaves are answered from cache, new ones wait; " + ports_.forwarder.last_trouble(),
                 link.reason_since));
  for (DegradedMode& mode : look()) report.degraded.push_back(std::move(mode));
}

std::string Desk::without_time() const {
  const std::string none = "no token can be made for the service, so what is new waits; ";
  if (ports_.admission.policy().untrusted_clock == UntrustedClockPolicy::refuse)
    return none + "tokens and certificates cannot be checked for age: leaves that show one are refused";
  return none + "tokens and certificates cannot be checked for age: leaves are taken on trust, and " +
         std::to_string(ports_.admission.untimed()) + " of them will be looked at again";
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
    oldest = std::min(oldest, queued_at(operation, now.at));
  }
  report.outbox_oldest = now.at - oldest;
  const Tally& tally = ports_.admission.tally();
  report.answered_from_cache = tally.answered_from_cache;
  report.forwarded = ports_.forwarder.arrived();
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
  auto groups = co_await ports_.ledger.groups();
  if (groups) add_missing_cas(report, **groups);
  report.pace_per_minute = ports_.forwarder.pace_per_minute();
  auto enrolled = co_await ports_.enrollments.count();
  if (enrolled) report.enrollments = *enrolled;
  auto leaves = co_await census_.counts();
  if (leaves) {
    report.registrations = leaves->all;
    const auto assigned = leaves->by_status.find(RegistrationStatus::assigned);
    if (assigned != leaves->by_status.end()) report.assigned = assigned->second;
    report.offline_ready = leaves->offline_ready;
    report.offline_not_ready = leaves->all - leaves->offline_ready;
    report.counted_ago = census_.counted_ago();
    if (!link.up && leaves->ending > 0)
      report.degraded.push_back(
          degraded(Reason::offline_trust_ending,
                   std::to_string(leaves->ending) + " of " + std::to_string(leaves->offline_ready) +
                       " leaves will soon not be answered any more if the service stays away",
                   link.since));
  } else {
    report.degraded.push_back(
        degraded(Reason::store_fault, "the store cannot be read: " + leaves.error().detail, now.at));
  }
  co_return report;
}

}  // namespace leafgate
