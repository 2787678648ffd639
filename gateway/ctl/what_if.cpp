#include <algorithm>
#include <ostream>

#include "gateway/ctl/outage_verbs.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t most_bars = 16;
constexpr std::int64_t bar_width = 40;

std::string why_text(const View& why, const Paint& paint) {
  const View reason = why.at("reason");
  std::string out = "  " + paint.bold(counted(why.number("count"), "leaf", "leaves")) + ": " +
                    visible(reason.text("code")) + "\n" + paragraph(reason.text("text"), 4);
  std::string ids;
  for (const std::string& id : why.texts("first")) {
    const std::string label = why.at("labels").text(id);
    ids += (ids.empty() ? "" : ", ") + (label.empty() ? id : id + " (" + label + ")");
  }
  if (why.number("count") > static_cast<std::int64_t>(why.texts("first").size())) ids += ", ...";
  out += paragraph(ids, 4);
  const std::string next = reason.text("nextAction");
  if (next.empty()) return out;
  constexpr std::string_view head = "    next:";
  return out + "    " + paint.warn("next:") + paragraph("next: " + next, 4).substr(head.size());
}

// A bar for some of the steps, the first and the last among them.
std::string timeline_text(const std::vector<View>& steps, std::int64_t all) {
  std::string out;
  const std::size_t every = std::max<std::size_t>(1, (steps.size() + most_bars - 2) / most_bars);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool shown = i % every == 0 || i + 1 == steps.size();
    if (!shown) continue;
    const std::int64_t answered = steps[i].number("answered");
    const std::int64_t width = all == 0 ? 0 : answered * bar_width / all;
    const Seconds after(steps[i].number("afterSeconds"));
    out += "  " + padded(after.count() == 0 ? "now" : span_text(after), 10) + " " +
           std::string(static_cast<std::size_t>(width), '#') +
           std::string(static_cast<std::size_t>(bar_width - width), '.') + " " + std::to_string(answered) +
           "\n";
  }
  return out;
}

}  // namespace

std::string what_if_text(const View& told, const Paint& paint) {
  const std::int64_t all = told.number("leaves");
  if (all == 0) return "No leaf is known here yet: nobody would be answered.\n";
  const std::int64_t answered = told.number("answered");
  const Seconds span(told.number("forSeconds"));
  const std::string when = span.count() == 0 ? "" : " and stayed away for " + span_text(span);
  const std::string line = "If the uplink went now" + when + (when.empty() ? ", " : ",\n") +
                           std::to_string(answered) + " of " + counted(all, "leaf", "leaves") +
                           " would be answered.";
  std::string out = answered == all ? paint.good(line) : paint.warn(line);
  out += "\n";
  const View next = told.at("nextToDropOut");
  if (told.has("nextToDropOut"))
    out += paragraph("The next to drop out is " + named(next) + ", in " +
                         span_text(Seconds(next.number("afterSeconds"))) + ".",
                     0);
  if (span.count() > 0) out += "\n" + timeline_text(told.list("timeline"), all);
  const auto reasons = told.list("notAnswered");
  if (!reasons.empty()) out += "\n" + paint.bold("Not answered") + "\n";
  for (const View& why : reasons) out += why_text(why, paint);
  return out;
}

int show_what_if(const Session& session, const WhatIfAsked& asked) {
  if (!is_span(session, "--for", asked.span)) return Exit::usage;
  std::string target = "/v1/what-if?for=" + percent_encode(asked.span.empty() ? "0s" : asked.span);
  if (!asked.leaf.empty()) target += "&leaf=" + percent_encode(asked.leaf);
  const Answered got = ask(session, target);
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : what_if_text(got.document->root(), session.paint));
  return Exit::yes;
}

}  // namespace leafgate::ctl
