#include <ostream>

#include "gateway/ctl/verbs.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

// Columns of the table: 26 + 11 + 22 + 8 + 9 and what is between them are 80.
constexpr std::size_t id_width = 26;
constexpr std::size_t status_width = 10;
constexpr std::size_t reason_width = 20;
constexpr std::size_t offline_width = 7;
constexpr std::size_t seen_width = 13;

std::string target_of(const DevicesQuestion& question, const std::string& after) {
  std::string out = "/v1/registrations?limit=1000";
  if (!question.state.empty()) out += "&state=" + percent_encode(question.state);
  if (!question.match.empty()) out += "&match=" + percent_encode(question.match);
  if (!question.expiring.empty()) out += "&expiring=" + percent_encode(question.expiring);
  if (!after.empty()) out += "&after=" + percent_encode(after);
  return out;
}

}  // namespace

std::string devices_head(const Paint& paint) {
  return paint.bold(padded("REGISTRATION ID", id_width) + " " + padded("STATUS", status_width) + " " +
                    padded("REASON", reason_width) + " " + padded("OFFLINE", offline_width) + " LAST SEEN") +
         "\n";
}

std::string device_line(const View& device, const Paint& paint, WallTime now) {
  const bool offline = device.flag("offline");
  std::string answer = offline ? "yes" : "no";
  if (offline && device.has("trustLeftSeconds"))
    answer = span_text(Seconds(device.number("trustLeftSeconds")));
  const std::string answered = padded(answer, offline_width);
  return padded(device.text("registrationId"), id_width) + " " + padded(device.text("status"), status_width) +
         " " + padded(device.at("reason").text("code"), reason_width) + " " +
         (offline ? paint.good(answered) : paint.warn(answered)) + " " +
         cell(device.has("lastSeen") ? ago(device.text("lastSeen"), now) : "-", seen_width) + "\n";
}

int show_devices(const Session& session, const DevicesQuestion& question) {
  std::string after;
  std::int64_t shown = 0;
  do {
    const Answered got = ask(session, target_of(question, after));
    if (!got.document) return got.exit;
    const View page = got.document->root();
    after = page.text("next");
    if (session.json) {
      session.out << got.body;  // a page a document: readers of JSON take one after another
      continue;
    }
    for (const View& device : page.list("registrations")) {
      if (shown++ == 0) session.out << devices_head(session.paint);
      session.out << device_line(device, session.paint, session.now);
    }
  } while (!after.empty());
  if (!session.json && shown == 0) session.out << "no leaf fits\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
