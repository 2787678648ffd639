// GET /: the page of the site, as it is now.
#include "adapters/status/reply.hpp"
#include "adapters/status/report.hpp"
#include "adapters/status/route_groups.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate::status {
namespace {

constexpr std::size_t leaves_at_a_time = 250;  // some 1 ms of the loop
constexpr std::size_t audit_at_a_time = 1000;
constexpr std::size_t audit_shown = 20;

// The newest entries: the log is read from its beginning, as that is the only way it can be read.
Task<AuditPage> newest_changes(Operator& desk) {
  AuditPage newest;
  std::int64_t after = 0;
  while (true) {
    auto page = co_await desk.audit(WallTime(), after, audit_at_a_time);
    if (!page || page->entries.empty()) break;
    const std::size_t read = page->entries.size();
    const std::int64_t last = page->entries.back().sequence;
    for (AuditEntry& entry : page->entries) newest.entries.push_back(std::move(entry));
    if (newest.entries.size() > audit_shown)
      newest.entries.erase(newest.entries.begin(),
                           newest.entries.end() - static_cast<std::ptrdiff_t>(audit_shown));
    if (read < audit_at_a_time || last <= after) break;
    after = last;
  }
  co_return newest;
}

Task<void> list_leaves(Operator& desk, LeafTable& into) {
  DeviceFilter filter;
  filter.limit = leaves_at_a_time;
  while (into.listed() < leaves_listed) {
    auto page = co_await desk.devices(filter);
    if (!page) co_return;
    for (const DeviceRow& leaf : page->rows) {
      if (into.listed() == leaves_listed) co_return;
      into.add(leaf);
    }
    if (page->next.empty()) co_return;
    filter.after = page->next;
  }
}

Result<bool> is_live(const net::HttpTarget& target) {
  if (auto known = only_knows(target, "|refresh|"); !known) return known.error();
  const std::string* refresh = target.parameter("refresh");
  if (refresh == nullptr) return true;
  if (*refresh == "no") return false;
  return Error(Errc::malformed, "refresh is no, or left out");
}

net::HttpResponse page_reply(std::string page) {
  net::HttpResponse out(200, "text/html; charset=utf-8", std::move(page));
  out.headers.add("Cache-Control", "no-store");
  out.headers.add("Content-Security-Policy", report_policy() + "; frame-ancestors 'none'");
  out.headers.add("Referrer-Policy", "no-referrer");
  out.headers.add("X-Content-Type-Options", "nosniff");
  return out;
}

}  // namespace

Task<net::HttpResponse> get_report(const RoutesPorts& ports, const net::HttpRequest&,
                                   const net::HttpTarget& target) {
  const auto live = is_live(target);
  if (!live) co_return error_reply(live.error());
  ReportFacts facts;
  facts.live = *live;
  facts.status = co_await ports.desk.status();
  facts.names = co_await ports.desk.names();
  facts.strangers = co_await ports.desk.strangers();
  facts.audit = co_await newest_changes(ports.desk);
  if (ports.lines != nullptr) facts.lines = co_await ports.lines->line_report();
  if (ports.tpm != nullptr) facts.tpm = co_await ports.tpm->tpm_status();
  if (ports.commissioning != nullptr)
    for (const StrangerRow& stranger : facts.strangers)
      if (std::string who = ports.commissioning->label_at(stranger.address); !who.empty())
        facts.expected_at[stranger.address] = std::move(who);
  if (ports.report_parts) co_await ports.report_parts(facts);
  LeafTable leaves(facts.labels);
  co_await list_leaves(ports.desk, leaves);
  // With thousands of leaves that is some milliseconds.
  auto made = [&facts, &leaves] { return report_page(facts, leaves); };
  std::string page = co_await offload(ports.pool, made);
  co_return page_reply(std::move(page));
}

}  // namespace leafgate::status
