#include <algorithm>
#include <array>
#include <ostream>

#include <boost/asio/ip/address.hpp>

#include "gateway/ctl/outage_verbs.hpp"
#include "gateway/ctl/verbs.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

// Of a leaf without IP: "line1/5", "broker/press-01". No registrationId has a '/' in it.
bool is_link_address(const std::string& text) { return text.find('/') != std::string::npos; }

bool is_address(const std::string& text) {
  if (is_link_address(text)) return true;
  boost::system::error_code failure;
  boost::asio::ip::make_address(text, failure);
  return !failure;
}

// The leaf that says it is at an address of a line, or whose topic of the broker it is; empty when none does.
std::string leaf_at(const Session& session, const std::string& address) {
  constexpr std::string_view broker = "broker/";
  if (address.starts_with(broker)) return address.substr(broker.size());
  const auto reply = session.daemon.get("/v1/lines");
  const auto told = reply ? Document::parse(reply->body) : Result<Document>(reply.error());
  if (!told) return {};
  for (const View& line : told->root().list("lines"))
    for (const View& leaf : line.list("leaves"))
      if (line.text("name") + "/" + std::to_string(leaf.number("address")) == address)
        return leaf.text("registrationId");
  return {};
}

std::string headline(const View& told, const Paint& paint) {
  const std::string status = told.text("status");
  const std::string id = visible(told.text("registrationId"));
  const std::string label = told.has("label") ? "(" + visible(told.text("label")) + ")" : std::string();
  std::string hub;
  if (told.has("assignedHub"))
    hub = (status == "assigned" ? " to " : ", so far at ") + visible(told.text("assignedHub"));
  std::string out = paint.bold(id);
  std::size_t used = id.size();
  const auto add = [&](const std::string& shown, std::size_t wide) {
    const bool fits = used + 1 + wide <= columns;
    out += (fits ? " " : "\n") + shown;
    used = fits ? used + 1 + wide : wide;
  };
  if (!label.empty()) add(label, label.size());
  const std::string painted = status == "assigned"    ? paint.good(status)
                              : status == "assigning" ? paint.warn(status)
                                                      : paint.bad(status);
  add("is " + painted + hub, 3 + status.size() + hub.size());
  if (!hub.empty()) out += "\nas device " + visible(told.text("deviceId"));
  return out + "\n";
}

// Kept out or held, whatever it proves and however the uplink is.
bool is_kept_out(std::string_view code) {
  return code == "denied" || code == "rejected-by-operator" || code == "credential-swapped" ||
         code == "two-places-at-once";
}

std::string kept_out_text(const View& reason, const Paint& paint) {
  return paint.bad("It is kept out: " + visible(reason.text("code"))) + "\n" +
         paragraph(reason.text("text"), 2) + "  " + paint.warn("next:") + "\n" +
         paragraph(reason.text("nextAction"), 4) + "\n";
}

// What it would be told, and why that is not its assignment. Of one that waits already that is so; any other
// has to come, and to prove itself, before it waits.
std::string unanswered_text(const View& told) {
  const View without = told.at("withoutUplink");
  const std::string text = without.text("text");
  if (text.empty()) return ".";
  const bool has_yet_to_come = without.text("code") == "queued-offline" && !told.has("queued");
  return (has_yet_to_come ? ". If it comes with a good proof: " : ": ") + text + ".";
}

std::string offline_text(const View& told, WallTime now) {
  const View uplink = told.at("uplink");
  const bool is_down = told.has("uplink") && !uplink.flag("up");
  const std::string left =
      told.has("trustLeftSeconds") ? span_text(Seconds(told.number("trustLeftSeconds"))) : std::string();
  if (is_down && !told.flag("offline"))
    return down_text(uplink, now) + " It is not answered while it is" + unanswered_text(told);
  if (is_down)
    return down_text(uplink, now) + " It is answered meanwhile" +
           (left.empty() ? "." : ", and for " + left + " more if the uplink stays down.");
  if (!told.flag("offline")) return "If the uplink went now it would not be answered" + unanswered_text(told);
  return "If the uplink went now it would be answered" + (left.empty() ? "." : " for " + left + ".");
}

std::string enrollment_text(const View& told) {
  const std::string enrollment = told.text("enrollment");
  if (enrollment.empty()) return "It is not enrolled here.";
  return "It is enrolled here as " + enrollment + " (" + told.text("mechanism") + ").";
}

std::string receipt_text(const View& receipt) {
  const std::string reach = receipt.text("reach");
  std::string out = "Its receipt is entry " + std::to_string(receipt.number("sequence"));
  if (reach == "signed")
    return out + ", signed by the TPM in epoch " + std::to_string(receipt.number("epoch")) + ".";
  return out + (reach == "chained" ? ", chained and not signed." : ", of a batch that is still open.");
}

std::string assigned_at(const View& assignment) {
  return assignment.text(assignment.flag("provisional") ? "toldAt" : "confirmedAt");
}

// Whose word its assignment is, and of when.
std::string confirmed_text(const View& assignment, WallTime now) {
  const std::string at = assigned_at(assignment);
  if (assignment.flag("provisional"))
    return "It was told its hub ahead of the service" + (at.empty() ? "" : " " + ago(at, now)) +
           ", which has not confirmed it yet.";
  return at.empty() ? at : "The service confirmed it " + ago(at, now) + ".";
}

// Whether it has come by on its way to its hub; nothing where that cannot be known.
std::string hub_text(const View& told, const Paint& paint, WallTime now) {
  if (told.has("hubSeenAt"))
    return paragraph("It was last seen toward its hub " + ago(told.text("hubSeenAt"), now) + ".", 0);
  if (!told.has("towardHub")) return {};
  const View reason = told.at("towardHub");
  const std::string at = assigned_at(told.at("assignment"));
  const std::string when = at.empty() ? "" : " " + ago(at, now);
  return paragraph("Assigned" + when + ", never seen toward its hub: " + reason.text("code") + ".", 0) +
         "  " + paint.warn("next:") + "\n" + paragraph(reason.text("nextAction"), 4);
}

std::string queued_text(const View& queued, WallTime now) {
  std::string out = "The service still has to hear about it: queued " + ago(queued.text("queuedAt"), now) +
                    " as " + queued.text("class");
  if (queued.number("tries") > 0) out += ", asked " + counted(queued.number("tries"), "time", "times");
  if (queued.has("nextTryInSeconds"))
    out += "; held back by " + queued.at("reason").text("code") + ", next try in " +
           span_text(Seconds(queued.number("nextTryInSeconds")));
  return out + ".";
}

std::string outcome_text(const View& outcome, WallTime now) {
  std::string out = "Its last operation ended " + outcome.text("status");
  if (outcome.has("at")) out += " " + ago(outcome.text("at"), now);
  if (outcome.has("errorCode")) out += ", error " + std::to_string(outcome.number("errorCode"));
  if (outcome.has("message")) out += ": " + outcome.text("message");
  return out.ends_with('.') ? out : out + ".";
}

// What it was promised while the service was away, and what came of that.
std::string promise_text(const View& promise, const Paint& paint, WallTime now) {
  const View state = promise.at("state");
  std::string out = paragraph("While the service was away (" + ago(promise.text("promisedAt"), now) +
                                  ") it was promised: " + promise.text("promised") + ". That is " +
                                  state.text("code") + ": " + state.text("text") + ".",
                              0);
  const std::string next = state.text("nextAction");
  return next.empty() ? out : out + "  " + paint.warn("next:") + "\n" + paragraph(next, 4);
}

std::string what_happened(const View& reason, const Paint& paint, std::string_view when) {
  std::string out =
      paint.bold("What happened last") + std::string(when) + ": " + visible(reason.text("code")) + "\n";
  out += paragraph(reason.text("text"), 2);
  const std::string next = reason.text("nextAction");
  if (!next.empty()) out += "  " + paint.warn("next:") + "\n" + paragraph(next, 4);
  return out;
}

std::string attempt_text(const View& attempt, WallTime now) {
  const std::string code = attempt.at("reason").text("code");  // whole: it is looked up as it is
  const std::size_t wide = std::min<std::size_t>(std::max<std::size_t>(code.size(), 28), 34);
  std::string out = "  " + padded(ago(attempt.text("at"), now), 14) + " " + padded(attempt.text("step"), 10) +
                    " " + padded(code, wide) + " " + end_cell(attempt.text("source"), 50 - wide) + "\n";
  std::string more = attempt.text("client");
  if (attempt.has("detail")) more += (more.empty() ? "" : "; ") + attempt.text("detail");
  if (attempt.flag("unverified"))
    more += more.empty() ? "who it was is not proved" : "; who it was is not proved";
  return more.empty() ? out : out + paragraph(more, 17);
}

std::string attempts_text(const View& told, const Paint& paint, WallTime now) {
  auto attempts = told.list("attempts");
  if (attempts.empty()) return {};
  std::reverse(attempts.begin(), attempts.end());
  std::string out = "\n" + paint.bold("Attempts, newest first") + "\n";
  for (const View& attempt : attempts) out += attempt_text(attempt, now);
  return out;
}

// Accepted, or asked about at the service, when it was heard of last.
bool was_waiting(const View& told) {
  constexpr std::array<std::string_view, 6> accepted{"queued-offline",     "beyond-trust-queued",
                                                     "forwarded",          "forwarded-changed",
                                                     "credential-renewed", "joined-open-operation"};
  const std::string code = told.at("reason").text("code");
  if (std::find(accepted.begin(), accepted.end(), code) != accepted.end()) return true;
  if (code == "service-disabled") return false;  // its row went with that, and nobody here took it out
  const auto attempts = told.list("attempts");
  return !attempts.empty() && attempts.back().text("source") == "gateway" &&
         attempts.back().text("step") == "service";
}

// What a reason of before does not say: nothing of the leaf waits any more, and no end of it is known.
std::string let_go_text(const View& told) {
  if (!was_waiting(told) || told.has("queued") || told.has("outcome") || told.text("status") == "assigned")
    return {};
  return paragraph(
      "Nothing of it waits for the service any more: leafgatectl audit tells who took it out. It has to "
      "register anew.",
      0);
}

// When the newest attempt was, in brackets.
std::string newest(const View& told, WallTime now) {
  const auto attempts = told.list("attempts");
  return attempts.empty() ? std::string() : " (" + ago(attempts.back().text("at"), now) + ")";
}

}  // namespace

std::string explanation_text(const View& told, const Paint& paint, WallTime now) {
  std::string out = headline(told, paint) + "\n";
  const View without = told.at("withoutUplink");
  if (is_kept_out(without.text("code"))) out += kept_out_text(without, paint);
  out += what_happened(told.at("reason"), paint, newest(told, now)) + "\n";
  out += paragraph(enrollment_text(told), 0) + paragraph(offline_text(told, now), 0);
  out += paragraph(confirmed_text(told.at("assignment"), now), 0);
  if (told.has("receipt")) out += paragraph(receipt_text(told.at("receipt")), 0);
  out += hub_text(told, paint, now);
  for (const View& link : told.list("links")) out += paragraph(link_text(link), 0);
  out += let_go_text(told);
  if (told.has("queued")) out += paragraph(queued_text(told.at("queued"), now), 0);
  if (told.has("promise")) out += promise_text(told.at("promise"), paint, now);
  if (told.has("outcome")) out += paragraph(outcome_text(told.at("outcome"), now), 0);
  return out + attempts_text(told, paint, now);
}

std::string stranger_text(const View& told, const Paint& paint, WallTime now) {
  std::string out = paint.bold(visible(told.text("address"))) + " failed " +
                    counted(told.number("events"), "time", "times") + " without proving who it is\n";
  if (told.has("expectedHere"))
    out += paragraph(told.text("expectedHere") + " is expected at this address", 0);
  out += "\n";
  const auto attempts = told.list("attempts");
  if (!attempts.empty()) out += what_happened(attempts.back().at("reason"), paint, newest(told, now));
  return out + attempts_text(told, paint, now);
}

int explain(const Session& session, const std::string& id_or_address) {
  std::string id = id_or_address;
  if (is_address(id_or_address)) {
    const auto reply = session.daemon.get("/v1/strangers/" + percent_encode(id_or_address));
    const bool is_no_stranger = reply && reply->status == 404;
    // "192.0.2.7" may name a leaf as well; where no stranger stands behind it, it is asked for as one. So is
    // the leaf that lives at an address of a line.
    if (is_no_stranger && is_link_address(id_or_address)) id = leaf_at(session, id_or_address);
    if (!is_no_stranger || !RegistrationId::parse(id)) {
      const Answered got = answer_of(session, reply);
      if (!got.document) return got.exit;
      session.out << (session.json ? got.body
                                   : stranger_text(got.document->root(), session.paint, session.now));
      return Exit::yes;
    }
  }
  const auto reply = session.daemon.get("/v1/registrations/" + percent_encode(id));
  const bool is_known = !reply || reply->status != 404;
  if (!is_known && is_address(id_or_address) && !session.json)
    return refuse(session, "no source at " + id_or_address +
                               " has failed here since the start, and no leaf is called so: leafgatectl "
                               "devices and strangers list who is known");
  const Answered got = answer_of(session, reply);
  if (!is_known && !session.json)
    session.err << "leafgatectl devices --match PART looks for it; strangers lists who gave no id\n";
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body
                               : explanation_text(got.document->root(), session.paint, session.now));
  return Exit::yes;
}

}  // namespace leafgate::ctl
