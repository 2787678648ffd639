// The leaves, those that were expected, and those that nobody knows.
#include <algorithm>

#include "adapters/status/report_parts.hpp"

namespace leafgate::status {
namespace {

std::string_view kind_of(RegistrationStatus status) {
  switch (status) {
    case RegistrationStatus::assigned:
      return "good";
    case RegistrationStatus::assigning:
      return "warn";
    case RegistrationStatus::failed:
    case RegistrationStatus::disabled:
      return "bad";
    case RegistrationStatus::unassigned:
      return "quiet";
  }
  return "quiet";
}

std::string_view kind_of_expected(std::string_view state) {
  if (state == "done") return "good";
  return state == "missing" || state == "wrong-place" ? "bad" : "warn";
}

void put_reasons(Html& html, const LeafTable& leaves, bool of_some, bool service_up) {
  if (leaves.by_reason().empty()) return;
  begin_table(html, of_some ? "What the reasons of those listed mean" : "What their reasons mean",
              "|reason|#leaves|#not ready|meaning|next");
  for (const auto& [reason, count] : leaves.by_reason()) {
    if (reason == Reason::none) continue;
    const ReasonRow& known = row(reason);
    html.raw("<tr>").cell(known.code, "w").number_cell(count.leaves).number_cell(count.not_ready);
    html.cell(known.text).cell(next_action(reason, service_up)).raw("</tr>\n");
  }
  end_table(html);
}

}  // namespace

void LeafTable::add(const DeviceRow& leaf) {
  ++by_status_[to_text(leaf.status)];
  OfReason& same = by_reason_[leaf.reason];
  ++same.leaves;
  if (!leaf.offline) ++same.not_ready;
  ++listed_;
  html_.raw("<tr><th scope=row class=id>").text(leaf.registration_id).raw("</th>");
  if (!labels_.empty()) html_.cell(label_in(labels_, leaf.registration_id));
  html_.raw("<td>").state(kind_of(leaf.status), to_text(leaf.status)).raw("</td>");
  html_.cell(leaf.assigned_hub, "id");
  put_reason_cell(html_, leaf.reason);
  html_.raw("<td>").state(leaf.offline ? "good" : "warn", leaf.offline ? "yes" : "no").raw("</td>");
  if (leaf.trust_left)
    html_.cell(span_words(*leaf.trust_left), "num");
  else
    html_.raw("<td></td>");
  html_.raw("<td>");
  put_moment(html_, leaf.last_seen);
  html_.raw("</td></tr>\n");
}

void put_leaves(Html& html, const ReportFacts& facts, const LeafTable& leaves) {
  begin_section(html, "leaves", "Leaves");
  if (leaves.listed() == 0) {
    html.raw("<p>None has registered here yet.</p>\n");
    return end_section(html);
  }
  html.raw("<p class=find id=find hidden><label>Find <input type=search autocomplete=off></label> ");
  html.raw("<output></output></p>\n");
  begin_table(html,
              facts.status.service_up ? "All leaves; offline: would be answered if the uplink went now"
                                      : "All leaves; offline: are answered while the uplink is down",
              facts.labels.empty() ? "|registrationId|state|hub|reason|offline|#trust left|last seen"
                                   : "|registrationId|label|state|hub|reason|offline|#trust left|last seen",
              "all-leaves");
  html.raw(leaves.rows());
  end_table(html);
  put_rest(html, leaves.listed(), facts.status.registrations, "leafgatectl devices");
  put_reasons(html, leaves, leaves.listed() < facts.status.registrations, facts.status.service_up);
  end_section(html);
}

void put_commissioning(Html& html, const CommissioningFacts& list) {
  begin_section(html, "commissioning", "Commissioning");
  html.raw("<p>");
  for (const auto& [state, count] : list.counts) {
    html.state(kind_of_expected(state), state).raw(" ").number(count).raw(" &ensp; ");
  }
  html.raw("</p>\n");
  begin_table(html, "Leaves that are expected here", "|label|registrationId|state|place|line|note");
  const std::size_t shown = std::min(list.rows.size(), leaves_listed);
  for (std::size_t i = 0; i < shown; ++i) {
    const ListedLeaf& expected = list.rows[i];
    html.raw("<tr>").cell(expected.label).cell(expected.registration_id, "id").raw("<td class=w>");
    html.state(kind_of_expected(expected.state), expected.state).raw("</td>");
    html.cell(expected.place).cell(expected.line).cell(expected.note).raw("</tr>\n");
  }
  end_table(html);
  put_rest(html, shown, std::max(list.all, list.rows.size()), "leafgatectl expect list");
  end_section(html);
}

void put_strangers(Html& html, const ReportFacts& facts) {
  const std::vector<StrangerRow>& strangers = facts.strangers;
  begin_section(html, "strangers", "Strangers");
  if (strangers.empty()) {
    html.raw("<p>No source has failed here before it proved who it is.</p>\n");
    return end_section(html);
  }
  begin_table(html, "Sources that failed before they proved who they are, latest first",
              "|address|#times|last|reason|what happened|next");
  const std::size_t shown = std::min(strangers.size(), others_listed);
  for (std::size_t i = 0; i < shown; ++i) {
    const StrangerRow& stranger = strangers[i];
    const AttemptNote last = stranger.notes.empty() ? AttemptNote() : stranger.notes.back();
    html.raw("<tr><td><span class=id>").text(stranger.address).raw("</span>");
    if (const auto who = facts.expected_at.find(stranger.address); who != facts.expected_at.end())
      html.raw("<br><small>expected: ").text(who->second).raw("</small>");
    html.raw("</td>").number_cell(stranger.events).raw("<td>");
    put_moment(html, last.at);
    html.raw("</td>");
    put_reason_cell(html, last.reason);
    html.raw("<td>").text(row(last.reason).text);
    if (!last.detail.empty()) html.raw(" <small>").text(last.detail).raw("</small>");
    html.raw("</td>").cell(row(last.reason).next_action).raw("</tr>\n");
  }
  end_table(html);
  put_rest(html, shown, strangers.size(), "leafgatectl strangers");
  end_section(html);
}

}  // namespace leafgate::status
