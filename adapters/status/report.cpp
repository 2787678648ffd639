#include "adapters/status/report.hpp"

#include "adapters/status/report_parts.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::status {
namespace {

std::string source_hash(std::string_view inside) {
  const auto digest = crypto::sha256(as_bytes(inside));
  return "'sha256-" + crypto::base64::encode(digest) + "'";
}

std::string title_of(const StatusReport& status) {
  const std::string name = status.name.empty() ? "leafgate" : status.name;
  return status.site.empty() ? name : name + ", " + status.site;
}

void put_document_head(Html& html, const ReportFacts& facts) {
  html.raw("<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n");
  html.raw("<meta http-equiv=Content-Security-Policy content=\"").text(report_policy()).raw("\">\n");
  if (facts.live) html.raw("<meta http-equiv=refresh content=30>\n");
  html.raw("<meta name=viewport content=\"width=device-width,initial-scale=1\">\n");
  html.raw("<meta name=referrer content=no-referrer><link rel=icon href=\"data:,\">\n<title>");
  html.text(title_of(facts.status)).raw(" \u2013 leafgate</title>\n<style>");
  html.raw(report_style).raw("</style></head><body>\n");
}

void put_who(Html& html, const ReportFacts& facts) {
  const StatusReport& status = facts.status;
  html.raw("<header><h1>").text(status.name.empty() ? "leafgate" : status.name).raw("</h1>\n<p class=lead>");
  if (!status.site.empty()) html.raw("<bdi>").text(status.site).raw("</bdi> &middot; ");
  for (const auto& [name, value] : status.labels)
    html.raw("<bdi>").text(name).raw("=").text(value).raw("</bdi> &middot; ");
  html.raw("ID scope ").text(status.id_scope).raw(" &middot; leafgate ").text(status.version);
  html.raw("</p>\n<p class=lead>As of ");
  put_moment(html, facts.made_at);
  html.raw(" UTC, clock ");
  html.state(status.clock == "synced" ? "good" : status.clock == "plausible" ? "warn" : "bad", status.clock);
  if (facts.live) html.raw(" &middot; read again every 30 s");
  html.raw("</p></header>\n");
}

// How many, drawn and in words.
void put_readiness(Html& html, const ReportFacts& facts) {
  const StatusReport& status = facts.status;
  if (const std::string none = turned_away_sentence(facts.turned_away); !none.empty())
    html.raw("<p class=sentence><b>").text(none).raw("</b></p>\n");
  html.raw("<p class=sentence><b>").text(readiness_sentence(status)).raw("</b></p>\n");
  const std::size_t all = status.offline_ready + status.offline_not_ready;
  if (all == 0) return;
  const std::string width = std::to_string(status.offline_ready * 460 / all);
  html.raw("<svg class=bar viewBox=\"0 0 460 10\" preserveAspectRatio=none aria-hidden=true>");
  html.raw("<rect class=all width=460 height=10 /><rect class=ready width=")
      .raw(width)
      .raw(" height=10 /></svg>\n");
  if (status.counted_ago > Millis(2000))
    html.raw("<p class=lead>Counted ").text(span_words(status.counted_ago)).raw(" ago.</p>\n");
}

void put_contents(Html& html, const ReportFacts& facts) {
  html.raw("<nav aria-label=Contents>");
  const auto link = [&html](bool is_there, std::string_view id, std::string_view name) {
    if (is_there) html.raw("<a href=\"#").raw(id).raw("\">").raw(name).raw("</a> ");
  };
  link(!facts.status.degraded.empty(), "degraded", "Degraded");
  link(true, "figures", "In figures");
  link(facts.timeline.has_value(), "timeline", "Outages");
  link(facts.outcomes.has_value(), "outcomes", "After the outage");
  link(facts.commissioning.has_value(), "commissioning", "Commissioning");
  link(true, "leaves", "Leaves");
  link(true, "strangers", "Strangers");
  link(facts.lines.has_value(), "lines", "Lines");
  link(facts.tpm.has_value(), "secrets", "TPM and secrets");
  link(true, "certificates", "Certificates");
  link(true, "network", "Network");
  link(true, "audit", "Changes");
  html.raw("</nav>\n");
}

}  // namespace

std::string turned_away_sentence(TurnedAway who) {
  switch (who) {
    case TurnedAway::nobody:
      break;
    case TurnedAway::others:
      return "Leaves that come by TLS are turned away now, but for names with a certificate of their own: "
             "there is none to show to the others.";
    case TurnedAway::all:
      return "Leaves that come by TLS are turned away now: there is no certificate to show to them.";
  }
  return {};
}

std::string readiness_sentence(const StatusReport& status) {
  const std::size_t all = status.offline_ready + status.offline_not_ready;
  if (all == 0) return "No leaf is known here yet.";
  const std::string of =
      grouped(status.offline_ready) + " of " + grouped(all) + (all == 1 ? " leaf" : " leaves");
  return of + (status.service_up ? " would be answered if the uplink went now."
                                 : " are answered while the uplink is down.");
}

std::string_view label_in(const std::map<std::string, std::string>& labels,
                          std::string_view registration_id) {
  const auto found = labels.find(ascii_lower(registration_id));
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

std::string report_policy() {
  return "default-src 'none'; img-src data:; style-src " + source_hash(report_style) + "; script-src " +
         source_hash(report_script) + "; base-uri 'none'; form-action 'none'";
}

std::string report_page(const ReportFacts& facts, const LeafTable& leaves) {
  Html html;
  put_document_head(html, facts);
  put_who(html, facts);
  html.raw("<main>\n");
  put_readiness(html, facts);
  put_contents(html, facts);
  put_degraded(html, facts);
  put_figures(html, facts, leaves);
  if (facts.timeline) put_timeline(html, facts);
  if (facts.outcomes) put_outcomes(html, *facts.outcomes, facts.labels);
  if (facts.commissioning) put_commissioning(html, *facts.commissioning);
  put_leaves(html, facts, leaves);
  put_strangers(html, facts);
  if (facts.lines) put_lines_and_broker(html, *facts.lines);
  if (facts.tpm) put_tpm(html, facts);
  put_certificates(html, facts);
  put_network(html, facts);
  put_audit(html, facts);
  html.raw("</main>\n<footer>Made by leafgate ").text(facts.status.version).raw(" on ");
  html.text(facts.status.name.empty() ? "this gateway" : facts.status.name);
  html.raw(
      ". Times are UTC. Why any leaf is where it is: <code>leafgatectl explain ID</code></footer>\n<script>");
  html.raw(report_script).raw("</script></body></html>\n");
  return html.take();
}

}  // namespace leafgate::status
