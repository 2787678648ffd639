// How it went with the service, and what became of what waited.
#include <algorithm>
#include <array>

#include "adapters/status/report_parts.hpp"

namespace leafgate::status {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Of the picture, in its own units.
constexpr std::int64_t left = 44;
constexpr std::int64_t right = 950;
constexpr std::int64_t band_top = 8;
constexpr std::int64_t band_height = 16;
constexpr std::int64_t queue_top = 40;
constexpr std::int64_t queue_bottom = 138;
constexpr std::int64_t labels_at = 156;

// Where moments stand on it.
struct Axis {
  WallTime from{};
  WallTime to{};
  std::size_t most = 1;  // queued

  [[nodiscard]] std::int64_t x(WallTime at) const {
    const std::int64_t whole = std::max<std::int64_t>(1, (to - from).count());
    const std::int64_t part = std::clamp<std::int64_t>((at - from).count(), 0, whole);
    return left + (right - left) * (part / 1000) / std::max<std::int64_t>(1, whole / 1000);
  }
  [[nodiscard]] std::int64_t y(std::size_t queued) const {
    const auto height = static_cast<std::size_t>(queue_bottom - queue_top);
    return queue_bottom - static_cast<std::int64_t>(height * std::min(queued, most) / most);
  }
};

Axis axis_of(const TimelineFacts& timeline, WallTime now) {
  Axis axis;
  axis.to = now;
  axis.from = now - minutes(10);
  if (!timeline.samples.empty()) axis.from = std::min(axis.from, timeline.samples.front().at);
  if (!timeline.outages.empty()) axis.from = std::min(axis.from, timeline.outages.front().began);
  for (const LinkSample& sample : timeline.samples) axis.most = std::max(axis.most, sample.queued);
  return axis;
}

void rectangle(Html& html, std::string_view kind, std::int64_t from, std::int64_t to) {
  html.raw("<rect class=")
      .raw(kind)
      .raw(" x=")
      .raw(std::to_string(from))
      .raw(" y=")
      .raw(std::to_string(band_top));
  html.raw(" width=").raw(std::to_string(std::max<std::int64_t>(1, to - from)));
  html.raw(" height=").raw(std::to_string(band_height)).raw(" />");
}

void label(Html& html, std::int64_t x, std::int64_t y, std::string_view anchor, std::string_view text) {
  html.raw("<text x=")
      .raw(std::to_string(x))
      .raw(" y=")
      .raw(std::to_string(y))
      .raw(" text-anchor=")
      .raw(anchor);
  html.raw(">").text(text).raw("</text>");
}

// At most eight of them, at round times.
void put_ticks(Html& html, const Axis& axis) {
  constexpr std::array<Millis, 16> steps{
      minutes(1), minutes(2), minutes(5), minutes(15), minutes(30), hours(1), hours(3), hours(6),
      hours(12),  days(1),    days(2),    days(7),     days(14),    days(30), days(90), days(180)};
  const Millis span = axis.to - axis.from;
  const auto step =
      std::find_if(steps.begin(), steps.end(), [span](Millis each) { return span / each <= 8; });
  const Millis each = step == steps.end() ? Millis(days(365)) : *step;
  for (WallTime at = axis.from + (each - axis.from.time_since_epoch() % each); at < axis.to; at += each) {
    const std::int64_t x = axis.x(at);
    html.raw("<path class=tick d=\"M")
        .raw(std::to_string(x))
        .raw(" ")
        .raw(std::to_string(queue_top - 6))
        .raw("V");
    html.raw(std::to_string(queue_bottom)).raw("\"/>");
    const std::string text = moment_text(at);
    label(html, x, labels_at, "middle", each < Millis(days(1)) ? text.substr(11, 5) : text.substr(5, 5));
  }
}

// The queue as steps: it is as long as it was last seen.
void put_queue(Html& html, const TimelineFacts& timeline, const Axis& axis) {
  std::string path;
  std::int64_t last_y = queue_bottom;
  std::int64_t first_x = left;
  for (const LinkSample& sample : timeline.samples) {
    const std::int64_t x = axis.x(sample.at);
    const std::int64_t y = axis.y(sample.queued);
    if (path.empty()) {
      first_x = x;
      path = "M" + std::to_string(x) + " " + std::to_string(y);
    } else if (y != last_y) {
      path += "H" + std::to_string(x) + "V" + std::to_string(y);
    }
    last_y = y;
  }
  if (path.empty()) return;
  path += "H" + std::to_string(right);
  const std::string foot = "V" + std::to_string(queue_bottom) + "H" + std::to_string(first_x) + "Z";
  html.raw("<path class=area d=\"")
      .raw(path)
      .raw(foot)
      .raw("\"/><path class=edge d=\"")
      .raw(path)
      .raw("\"/>");
}

void put_picture(Html& html, const ReportFacts& facts) {
  const TimelineFacts& timeline = *facts.timeline;
  const Axis axis = axis_of(timeline, facts.made_at);
  html.raw(
      "<div class=scroll tabindex=0 role=region aria-label=\"Timeline\"><svg class=time viewBox=\"0 0 960 "
      "164\" role=img ");
  html.raw(
      "aria-labelledby=\"t-title\"><title id=\"t-title\">Service up or down, and registrations waiting, "
      "from ");
  html.text(moment_text(axis.from)).raw(" to ").text(moment_text(axis.to)).raw("</title>\n");
  rectangle(html, "none", left, right);
  const WallTime seen = timeline.samples.empty() ? axis.to : timeline.samples.front().at;
  rectangle(html, "up", axis.x(seen), right);
  for (const OutageSpan& outage : timeline.outages)
    rectangle(html, "down", axis.x(outage.began), axis.x(outage.ended.value_or(axis.to)));
  html.raw("\n");
  put_ticks(html, axis);
  put_queue(html, timeline, axis);
  label(html, left - 6, band_top + 12, "end", "link");
  label(html, left - 6, queue_top + 8, "end", grouped(axis.most));
  label(html, left - 6, queue_bottom, "end", "0");
  html.raw("</svg></div>\n<p class=lead>Above: service <span class=\"s good\">up</span>, ");
  html.raw("<span class=\"s bad\">down</span>. Below: registrations that waited for it.</p>\n");
  if (timeline.clock_set.empty()) return;
  html.raw("<p class=lead>The clock was set");
  for (const WallTime at : timeline.clock_set)
    html.raw(at == timeline.clock_set.front() ? " at " : ", ").text(moment_text(at));
  html.raw(": what was before is shown by the clock of now.</p>\n");
}

std::string_view kind_of_outcome(std::string_view outcome) {
  if (outcome == "confirmed") return "good";
  return outcome == "refused" || outcome == "conflict" ? "bad" : "warn";
}

}  // namespace

void put_timeline(Html& html, const ReportFacts& facts) {
  begin_section(html, "timeline", "Outages");
  put_picture(html, facts);
  if (facts.timeline->outages.empty()) {
    html.raw("<p>The service has not been away in this time.</p>\n");
    return end_section(html);
  }
  begin_table(html, "Times without the service, newest first", "|from|to|#lasted|#most waiting");
  for (auto outage = facts.timeline->outages.rbegin(); outage != facts.timeline->outages.rend(); ++outage) {
    html.raw("<tr><td>");
    put_moment(html, outage->began);
    html.raw("</td><td>");
    if (outage->ended)
      put_moment(html, *outage->ended);
    else
      html.state("bad", "lasts");
    html.raw("</td>").cell(
        span_words(outage->lasted.value_or(outage->ended.value_or(facts.made_at) - outage->began)), "num");
    html.number_cell(outage->most_queued).raw("</tr>\n");
  }
  end_table(html);
  end_section(html);
}

void put_outcomes(Html& html, const OutcomeFacts& outcomes,
                  const std::map<std::string, std::string>& labels) {
  begin_section(html, "outcomes", "After the outage");
  html.raw("<p>");
  for (const auto& [outcome, count] : outcomes.counts)
    html.state(kind_of_outcome(outcome), outcome).raw(" ").number(count).raw(" &ensp; ");
  html.raw("</p>\n");
  if (outcomes.rows.empty()) {
    html.raw("<p>Every promise was kept, and nothing is left to do.</p>\n");
    return end_section(html);
  }
  begin_table(html, "What became of each leaf that was promised something meanwhile",
              "|registrationId|label|outcome|when|what happened|next");
  const std::size_t shown = std::min(outcomes.rows.size(), others_listed);
  for (std::size_t i = 0; i < shown; ++i) {
    const OutcomeRow& told = outcomes.rows[i];
    html.raw("<tr>").cell(told.registration_id, "id");
    html.cell(label_in(labels, told.registration_id)).raw("<td class=w>");
    html.state(kind_of_outcome(told.outcome), told.outcome).raw("</td><td>");
    put_moment(html, told.at);
    html.raw("</td>").cell(told.detail).cell(told.next_action).raw("</tr>\n");
  }
  end_table(html);
  put_rest(html, shown, std::max(outcomes.all, outcomes.rows.size()), "leafgatectl outcomes");
  end_section(html);
}

}  // namespace leafgate::status
