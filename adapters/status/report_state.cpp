// What is wrong, and how it is in figures.
#include <array>

#include "adapters/status/render_parts.hpp"
#include "adapters/status/report_parts.hpp"

namespace leafgate::status {
namespace {

constexpr Millis short_of_time = std::chrono::days(30);  // of a certificate

void figure(Html& html, std::string_view name, const std::string& value, std::string_view more = {}) {
  html.raw("<div><dt>").text(name).raw("</dt><dd>").text(value);
  if (!more.empty()) html.raw(" <small>").text(more).raw("</small>");
  html.raw("</dd></div>\n");
}

std::string size_words(std::int64_t octets) {
  const std::int64_t kib = octets / 1024;
  return kib < 2048 ? grouped(static_cast<std::uint64_t>(kib)) + " KiB"
                    : grouped(static_cast<std::uint64_t>(kib / 1024)) + " MiB";
}

void put_service(Html& html, const ReportFacts& facts) {
  const StatusReport& status = facts.status;
  html.raw("<div><dt>Service</dt><dd>");
  html.state(status.service_up ? "good" : "bad", status.service_up ? "up" : "down");
  if (status.service_since != WallTime{})
    html.raw(" <small>for ").text(span_words(facts.made_at - status.service_since)).raw("</small>");
  html.raw("</dd></div>\n");
}

void put_states(Html& html, const ReportFacts& facts, const LeafTable& leaves) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kinds{{{"assigned", "good"},
                                                                                {"assigning", "warn"},
                                                                                {"failed", "bad"},
                                                                                {"disabled", "bad"},
                                                                                {"unassigned", "quiet"}}};
  const auto& counts = facts.by_status.empty() ? leaves.by_status() : facts.by_status;
  for (const auto& [word, kind] : kinds) {
    const auto count = counts.find(word);
    if (count == counts.end() || count->second == 0) continue;
    html.raw("<div><dt>Leaves ").raw(word).raw("</dt><dd class=").raw(kind).raw(">");
    html.number(count->second).raw("</dd></div>\n");
  }
}

}  // namespace

void put_degraded(Html& html, const ReportFacts& facts) {
  if (facts.status.degraded.empty()) return;
  begin_section(html, "degraded", "Degraded");
  for (const DegradedMode& mode : facts.status.degraded) {
    const ReasonRow& known = row(mode.reason);
    html.raw("<div class=mode><h3>").text(known.code);
    if (mode.since != WallTime{})
      html.raw(" <small class=quiet>for ").text(span_words(facts.made_at - mode.since)).raw("</small>");
    html.raw("</h3><p>").text(known.text).raw(".</p><p>").text(mode.consequence).raw("</p>");
    if (!known.next_action.empty()) html.raw("<p><b>Next:</b> ").text(known.next_action).raw("</p>");
    html.raw("</div>\n");
  }
  end_section(html);
}

void put_figures(Html& html, const ReportFacts& facts, const LeafTable& leaves) {
  const StatusReport& status = facts.status;
  begin_section(html, "figures", "In figures");
  html.raw("<dl class=figures>\n");
  put_service(html, facts);
  figure(html, "Waiting for it", grouped(status.outbox),
         status.outbox == 0 ? std::string() : "oldest " + span_words(status.outbox_oldest));
  figure(html, "Pace now", grouped(static_cast<std::uint64_t>(status.pace_per_minute)),
         "registrations a minute");
  figure(html, "Leaves known", grouped(status.registrations), grouped(status.connections) + " connected now");
  put_states(html, facts, leaves);
  figure(html, "Enrollments held", grouped(status.enrollments));
  figure(html, "Answered from cache", grouped(status.answered_from_cache), "since start");
  figure(html, "Forwarded", grouped(status.forwarded), "since start");
  figure(html, "Refused", grouped(status.refused), "since start");
  figure(html, "Secrets", status.secrets);
  figure(html, "Store", size_words(status.store_size),
         grouped(static_cast<std::uint64_t>(status.store_writes)) + " writes");
  figure(html, "Running for", span_words(status.up_for));
  html.raw("</dl>\n");
  end_section(html);
}

void put_certificates(Html& html, const ReportFacts& facts) {
  begin_section(html, "certificates", "Certificates");
  if (facts.status.certificates_left.empty()) {
    html.raw("<p>None is loaded.</p>\n");
    return end_section(html);
  }
  begin_table(html, "Certificates of the gateway", "|certificate|state|#days left|ends");
  for (const auto& [name, left] : facts.status.certificates_left) {
    const auto days = std::chrono::duration_cast<std::chrono::days>(left).count();
    html.raw("<tr>").cell(name).raw("<td>");
    html.state(left <= Millis(0)      ? "bad"
               : left < short_of_time ? "warn"
                                      : "good",
               left <= Millis(0)      ? "ended"
               : left < short_of_time ? "renew soon"
                                      : "valid");
    html.raw("</td><td class=num>").raw(std::to_string(days)).raw("</td><td>");
    put_moment(html, facts.made_at + left);
    html.raw("</td></tr>\n");
  }
  end_table(html);
  end_section(html);
}

void put_network(Html& html, const ReportFacts& facts) {
  begin_section(html, "network", "Network");
  html.raw("<p>What a firewall must let through: leaves to these addresses, and this gateway to <code>");
  html.text(facts.status.service).raw("</code>.</p>\n");
  begin_table(html, "Where leaves are awaited", "|way|address");
  for (const std::string& where : facts.status.listening) {
    const std::size_t blank = std::min(where.find(' '), where.size());
    html.raw("<tr>").cell(where.substr(0, blank));
    html.cell(where.substr(std::min(blank + 1, where.size())), "id").raw("</tr>\n");
  }
  end_table(html);
  if (!facts.names.names.empty()) {
    begin_table(html, "Names that the leaves' resolver must lead here", "|name|what for");
    for (const SiteName& name : facts.names.names)
      html.raw("<tr>").cell(name.name, "id").cell(name.use).raw("</tr>\n");
    end_table(html);
  }
  if (!facts.names.addresses.empty()) {
    html.raw("<p class=lead>Addresses of this gateway:");
    for (const std::string& address : facts.names.addresses) html.raw(" <code>").text(address).raw("</code>");
    html.raw("</p>\n");
  }
  end_section(html);
}

void put_audit(Html& html, const ReportFacts& facts) {
  const AuditPage& page = facts.audit;
  begin_section(html, "audit", "Changes");
  if (page.entries.empty()) {
    html.raw("<p>Nobody has changed anything here.</p>\n");
    return end_section(html);
  }
  begin_table(html, "The last changes that operators asked for, newest first",
              "|when|who|what|of|outcome|because");
  for (auto entry = page.entries.rbegin(); entry != page.entries.rend(); ++entry) {
    html.raw("<tr><td>");
    put_moment(html, entry->at);
    if (entry->clock == ClockQuality::unsynced) html.raw(" <small>clock unsynced</small>");
    html.raw("</td>");
    html.cell(entry->actor.user.empty() ? "uid " + std::to_string(entry->actor.uid) : entry->actor.user);
    html.cell(entry->what, "w").raw("<td><span class=id>").text(entry->object).raw("</span>");
    if (const std::string_view label = label_in(facts.labels, leaf_of(*entry)); !label.empty())
      html.raw(" <small>").text(label).raw("</small>");
    html.raw("</td>").cell(entry->outcome).cell(entry->actor.because);
    html.raw("</tr>\n");
  }
  end_table(html);
  html.raw("<p class=lead>All of them: <code>leafgatectl audit</code></p>\n");
  end_section(html);
}

}  // namespace leafgate::status
