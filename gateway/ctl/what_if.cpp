#include <algorithm>
#include <ostream>

#include "gateway/ctl/outage_verbs.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t most_bars = 16;
constexpr std::int64_t bar_width = 40;

std::string ids_text(const View& some) {
  std::string ids;
  for (const std::string& id : some.texts("first")) {
    const std::string label = some.at("labels").text(id);
    ids += (ids.empty() ? "" : ", ") + (label.empty() ? id : id + " (" + label + ")");
  }
  const bool are_more = some.number("count") > static_cast<std::int64_t>(some.texts("first").size());
  return are_more ? ids + ", ..." : ids;
}

// To the second: certificates know no fractions of it.
std::string moment_text(const std::string& rfc3339) {
  const std::size_t fraction = rfc3339.find('.');
  return fraction == std::string::npos ? rfc3339 : rfc3339.substr(0, fraction) + "Z";
}

// Which certificate of a leaf it is, as the subject of a sentence.
std::string whose_text(const View& certificate) {
  const std::string enrollment = certificate.text("enrollment");
  if (certificate.text("whose") == "authority") return "the CA that is enrolled for " + enrollment;
  if (certificate.text("whose") == "enrolled") return "its enrolled certificate";
  return "its own certificate, or one between that and its CA,";
}

std::string certificate_ends_text(const View& certificates) {
  const std::string first = moment_text(certificates.text("firstEndsAt"));
  const std::string last = moment_text(certificates.text("lastEndsAt"));
  const std::string when = first == last ? "at " + first : "between " + first + " and " + last;
  std::string subject = "their own certificates, or those between them and their CA, end ";
  if (certificates.text("whose") == "authority") subject = whose_text(certificates) + " ends ";
  if (certificates.text("whose") == "enrolled") subject = "their enrolled certificates end ";
  return subject + when;
}

// Of the gateway's own: without them no leaf comes so far.
std::string own_end_text(const View& certificate) {
  const Seconds after(certificate.number("afterSeconds"));
  const std::string name = certificate.text("serverName");
  const std::string when = after.count() == 0 ? "has ended" : "ends in " + span_text(after);
  const std::string who = name.empty() ? "no leaf" : "no leaf that asks for " + name;
  return "The gateway's own certificate " + certificate.text("file") + " " + when + ": from then on " + who +
         " will trust this gateway, whatever stands below. Renew it before.";
}

// Whom it has no certificate for comes no further than that, up or down.
std::string turned_away_text(const std::string& who) {
  const std::string but =
      who == "all" ? "" : ", but for those that ask for a name with a certificate of its own";
  return "The gateway has no certificate to show: leaves that come by TLS are turned away now" + but +
         ", whatever stands below. Which pair of files is at fault: leafgatectl status.";
}

std::string next_text(const View& next) {
  std::string out =
      "The next to drop out is " + named(next) + ", in " + span_text(Seconds(next.number("afterSeconds")));
  if (!next.has("certificate")) return out + ".";
  const View certificate = next.at("certificate");
  out += ": " + whose_text(certificate) + " ends at " + moment_text(certificate.text("endsAt"));
  return out + ". Renewed before, it stays.";
}

std::string why_text(const View& why, const Paint& paint) {
  const View reason = why.at("reason");
  std::string out = "  " + paint.bold(counted(why.number("count"), "leaf", "leaves")) + ": " +
                    visible(reason.text("code")) + "\n" + paragraph(reason.text("text"), 4);
  if (why.has("certificates")) out += paragraph(certificate_ends_text(why.at("certificates")), 4);
  out += paragraph(ids_text(why), 4);
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

// Nobody is told what would be where it is so already.
std::string headline(const View& told, WallTime now) {
  const Seconds span(told.number("forSeconds"));
  const std::string some =
      std::to_string(told.number("answered")) + " of " + counted(told.number("leaves"), "leaf", "leaves");
  const View uplink = told.at("uplink");
  const bool is_down = told.has("uplink") && !uplink.flag("up");
  if (is_down && span.count() == 0) return down_text(uplink, now) + "\n" + some + " are answered meanwhile.";
  if (is_down)
    return down_text(uplink, now) + "\nIf it stays down for " + span_text(span) + " more,\n" + some +
           " will still be answered.";
  const std::string when = span.count() == 0 ? ", " : " and stayed away for " + span_text(span) + ",\n";
  return "If the uplink went now" + when + some + " would be answered.";
}

}  // namespace

std::string down_text(const View& uplink, WallTime now) {
  const std::string since = lasting(uplink.text("since"), now);
  const std::string why = uplink.at("reason").text("code");
  std::string out = since.empty() ? "The uplink is down" : "The uplink has been down " + since;
  if (!why.empty()) out += " (" + visible(why) + ")";
  return out + ".";
}

std::string what_if_text(const View& told, const Paint& paint, WallTime now) {
  const std::int64_t all = told.number("leaves");
  std::string out;
  if (told.has("turnedAway")) out += paint.bad(paragraph(turned_away_text(told.text("turnedAway")), 0));
  if (all == 0) return out + "No leaf is known here yet: nobody would be answered.\n";
  const std::int64_t answered = told.number("answered");
  const Seconds span(told.number("forSeconds"));
  const std::string line = headline(told, now);
  for (const View& certificate : told.list("gatewayCertificatesEnding"))
    out += paragraph(own_end_text(certificate), 0);
  out += answered == all ? paint.good(line) : paint.warn(line);
  out += "\n";
  const View unknown = told.at("endUnknown");
  if (told.has("endUnknown"))
    out += paragraph("For " + std::to_string(unknown.number("count")) +
                         " of them that holds only if their certificates last so long: when those end is not "
                         "known here yet, and will be when each is answered next (" +
                         ids_text(unknown) + ").",
                     0);
  if (told.has("nextToDropOut")) out += paragraph(next_text(told.at("nextToDropOut")), 0);
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
  session.out << (session.json ? got.body : what_if_text(got.document->root(), session.paint, session.now));
  return Exit::yes;
}

}  // namespace leafgate::ctl
