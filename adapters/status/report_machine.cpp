// Lines, broker and TPM.
#include <algorithm>

#include "adapters/status/report_parts.hpp"

namespace leafgate::status {
namespace {

std::string_view kind_of(LineState state) {
  switch (state) {
    case LineState::working:
      return "good";
    case LineState::released:
    case LineState::waiting:
      return "warn";
    case LineState::away:
    case LineState::silent:
    case LineState::babbling:
      return "bad";
  }
  return "bad";
}

std::string ago(const std::optional<Millis>& span) { return span ? span_words(*span) + " ago" : "never"; }

void put_broker(Html& html, const BrokerFacts& broker) {
  html.raw("<p>Broker <code>").text(broker.uri).raw("</code>: ");
  html.state(broker.connected ? "good" : "bad", broker.connected ? "connected" : "not connected");
  html.raw(" for ").text(span_words(broker.since));
  if (!broker.detail.empty()) html.raw(", ").text(broker.detail);
  html.raw("; ").number(broker.messages_heard).raw(" messages heard, ").number(broker.messages_sent);
  html.raw(" sent, ").number(broker.messages_dropped).raw(" dropped.");
  if (broker.other_gateway) html.raw(" <span class=bad>Another gateway answers on the same topics.</span>");
  html.raw("</p>\n");
}

void fact(Html& html, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  html.raw("<div><dt>").text(name).raw("</dt><dd>").text(value).raw("</dd></div>\n");
}

}  // namespace

void put_lines_and_broker(Html& html, const LineReport& report) {
  begin_section(html, "lines", "Lines and broker");
  if (!report.lines.empty()) {
    begin_table(html, "Serial lines",
                "|line|device|state|#leaves|last good frame|#frames|#bad|#retries|#lost|detail");
    for (const LineFacts& line : report.lines) {
      html.raw("<tr>").cell(line.name).cell(line.path, "id").raw("<td>");
      html.state(kind_of(line.state), to_text(line.state)).raw("</td>").number_cell(line.leaves.size());
      html.cell(ago(line.last_good), "w").number_cell(line.frames_sent + line.frames_received);
      html.number_cell(line.frames_bad).number_cell(line.retries).number_cell(line.leaves_lost);
      html.cell(line.detail).raw("</tr>\n");
    }
    end_table(html);
  }
  if (report.broker) put_broker(html, *report.broker);
  end_section(html);
}

void put_tpm(Html& html, const ReportFacts& facts) {
  const TpmReport& report = *facts.tpm;
  begin_section(html, "secrets", "TPM and secrets");
  html.raw("<dl class=figures>\n<div><dt>TPM</dt><dd>");
  // One that nobody has set up and that is not there is missed by nobody.
  const bool is_off =
      report.tpm.state == TpmState::off || (report.tpm.state == TpmState::absent && !report.tpm.set_up);
  html.state(report.tpm.state == TpmState::ready ? "good"
             : is_off                            ? "quiet"
                                                 : "bad",
             to_text(report.tpm.state));
  html.raw("</dd></div>\n");
  fact(html, "Why", report.tpm.detail);
  fact(html, "Maker", report.tpm.vendor);
  fact(html, "Reached by", is_off ? std::string() : report.tcti);
  fact(html, "Protection of secrets", to_text(report.protection));
  html.raw("<div><dt>Secrets</dt><dd>");
  html.state(report.secrets_open ? "good" : "bad", report.secrets_open ? "open" : "locked")
      .raw("</dd></div>\n");
  fact(html, "About them", report.secrets_detail);
  fact(html, "Recovery copy", report.recovery_copy ? "made" : "none");
  if (report.tpm.lockout_limit > 0)
    fact(html, "Failed authorizations",
         std::to_string(report.tpm.lockout_counter) + " of " + std::to_string(report.tpm.lockout_limit));
  fact(html, "Checkpoints signed",
       grouped(report.checkpoints - std::min(report.checkpoints, report.unsigned_checkpoints)) + " of " +
           grouped(report.checkpoints));
  html.raw("</dl>\n");
  if (report.doubt != Reason::none) {
    html.raw("<p class=bad>").text(code(report.doubt)).raw(": ").text(row(report.doubt).text).raw("</p>");
    html.raw("<p><b>Next:</b> ").text(row(report.doubt).next_action).raw("</p>\n");
  }
  end_section(html);
}

}  // namespace leafgate::status
