#include <algorithm>
#include <ostream>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

std::string size_text(std::int64_t octets) {
  if (octets < 1 << 20) return std::to_string(octets / 1024) + " KiB";
  return std::to_string(octets >> 20) + " MiB";
}

// As many lines as the text needs, under a label that tells trouble by its colour.
std::string wrapped(std::string_view label, const std::string& text, bool is_trouble, const Paint& paint) {
  const std::string shown = padded(label, status_label_width);
  const std::string lines = paragraph(text, 2 + status_label_width);
  return "  " + (is_trouble ? paint.bad(shown) : shown) + lines.substr(2 + status_label_width);
}

// Serial lines and broker, those in trouble first.
std::string links_text(const View& status, const Paint& paint) {
  auto lines = status.list("lines");
  std::stable_partition(lines.begin(), lines.end(), is_line_trouble);
  std::string out;
  for (const View& serial : lines) out += wrapped("line", line_word(serial), is_line_trouble(serial), paint);
  if (!status.has("broker")) return out;
  const View broker = status.at("broker");
  return out + wrapped("broker", broker_word(broker), is_broker_trouble(broker), paint);
}

std::string degraded_text(const View& mode, const Paint& paint, WallTime now) {
  const View reason = mode.at("reason");
  std::string out = "  " + paint.bad(visible(reason.text("code")));
  if (mode.has("since")) out += ", " + lasting(mode.text("since"), now);
  out += "\n" + paragraph(reason.text("text"), 4) + paragraph(mode.text("consequence"), 4);
  if (reason.has("nextAction")) out += paragraph("next: " + reason.text("nextAction"), 4);
  return out;
}

}  // namespace

std::string gateway_text(const View& status) {
  std::string out = status.text("name").empty() ? "leafgate" : status.text("name");
  if (!status.text("site").empty()) out += " at " + status.text("site");
  std::string labels;
  for (const auto& [name, value] : status.pairs("labels"))
    labels.append(labels.empty() ? "" : ", ").append(name).append("=").append(value);
  return labels.empty() ? out : out + " (" + labels + ")";
}

std::string status_text(const View& status, const Paint& paint, WallTime now) {
  const View offline = status.at("offline");
  const std::int64_t ready = offline.number("wouldBeAnswered");
  const std::int64_t all = ready + offline.number("wouldNot");
  // The one figure an engineer comes for stands first, whatever else there is.
  const View service = status.at("service");
  const bool up = service.flag("up");
  std::string out = paint.bold(std::to_string(ready) + " of " + counted(all, "leaf", "leaves")) +
                    (up         ? " would be answered if the uplink went now\n"
                     : all == 1 ? " is answered while the uplink is down\n"
                                : " are answered while the uplink is down\n");
  if (all == 0) out = paint.bold("no leaf is known here yet") + "\n";
  if (status.has("certificates") && status.list("certificates").empty())
    out = paint.bad("no certificate to show: leaves that come by TLS are turned away") + "\n" + out;
  out += paragraph(gateway_text(status), 0);

  std::string service_line = up ? paint.good("up") : paint.bad("down");
  if (service.has("since")) service_line += ", " + lasting(service.text("since"), now);
  out += labelled("service", service_line + "  " + cell(service.text("address"), 46));
  if (service.has("registrationsPerMinute"))
    out += labelled("pace",
                    std::to_string(service.number("registrationsPerMinute")) + " registrations a minute");
  const View outbox = status.at("outbox");
  const std::int64_t waiting = outbox.number("rows");
  out += labelled("queue", waiting == 0 ? "empty"
                                        : std::to_string(waiting) + " waiting, oldest " +
                                              span_text(Seconds(outbox.number("oldestSeconds"))));
  out += labelled("leaves", std::to_string(status.number("registrations")) + " known, " +
                                std::to_string(status.number("assigned")) + " assigned, " +
                                std::to_string(status.number("connections")) + " connected now");
  if (const std::int64_t age = offline.number("countedSecondsAgo"); age > 1)
    out += labelled("counted", span_text(Seconds(age)) + " ago");
  out += labelled("enrollments", std::to_string(status.number("enrollments")));
  const View counts = status.at("sinceStart");
  out += labelled("since start", std::to_string(counts.number("answeredFromCache")) +
                                     " answered from cache, " + std::to_string(counts.number("forwarded")) +
                                     " forwarded, " + std::to_string(counts.number("refused")) + " refused");
  out += labelled("clock", cell(status.text("clock"), 40));
  const std::string secrets = status.text("secrets");
  out += labelled("secrets", secrets == "unprotected" ? paint.warn(secrets) : cell(secrets, 40));
  out += labelled("store", size_text(status.number("storeOctets")));
  for (const std::string& where : status.texts("listening")) out += labelled("listening", cell(where, 60));
  out += links_text(status, paint);
  for (const View& certificate : status.list("certificates")) {
    const Seconds left(certificate.number("secondsLeft"));
    const std::string text = certificate.text("name") + ", " +
                             (left.count() > 0 ? span_text(left) + " left" : std::string("expired"));
    out += wrapped("certificate", text, left < std::chrono::days(30), paint);
  }
  out += labelled("version", cell(status.text("version"), 20) + ", ID scope " +
                                 cell(status.text("idScope"), 20) + ", up " +
                                 span_text(Seconds(status.number("upForSeconds"))));
  const auto degraded = status.list("degraded");
  if (!degraded.empty()) out += "\n" + paint.bold("degraded") + "\n";
  for (const View& mode : degraded) out += degraded_text(mode, paint, now);
  return out;
}

int show_status(const Session& session) {
  const Answered got = ask(session, "/v1/status");
  if (!got.document) return got.exit;
  session.out << (session.json ? got.body : status_text(got.document->root(), session.paint, session.now));
  return Exit::yes;
}

}  // namespace leafgate::ctl
