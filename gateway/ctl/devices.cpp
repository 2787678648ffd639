#include <algorithm>
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
// With a label beside it.
constexpr std::size_t short_id_width = 19;
constexpr std::size_t label_width = 16;
constexpr std::size_t short_reason_width = 15;
constexpr std::size_t short_seen_width = 8;

// Without "ago": the head of the column says when.
std::string seen_text(const View& device, WallTime now, bool labelled) {
  std::string out = device.has("lastSeen") ? ago(device.text("lastSeen"), now) : "-";
  constexpr std::string_view behind = " ago";
  if (labelled && out.ends_with(behind)) out.resize(out.size() - behind.size());
  return cell(out, labelled ? short_seen_width : seen_width);
}

bool any_has_label(const std::vector<View>& devices) {
  return std::any_of(devices.begin(), devices.end(), [](const View& device) { return device.has("label"); });
}

std::string target_of(const DevicesQuestion& question, const std::string& after) {
  std::string out = "/v1/registrations?limit=1000";
  if (!question.state.empty()) out += "&state=" + percent_encode(question.state);
  if (!question.match.empty()) out += "&match=" + percent_encode(question.match);
  if (!question.expiring.empty()) out += "&expiring=" + percent_encode(question.expiring);
  if (!after.empty()) out += "&after=" + percent_encode(after);
  return out;
}

}  // namespace

std::string named(const View& leaf) {
  const std::string id = leaf.text("registrationId");
  return leaf.has("label") ? id + " " + leaf.text("label") : id;
}

std::string devices_head(const Paint& paint, bool labelled) {
  if (labelled)
    return paint.bold(padded("REGISTRATION ID", short_id_width) + " " + padded("LABEL", label_width) + " " +
                      padded("STATUS", status_width) + " " + padded("REASON", short_reason_width) + " " +
                      padded("OFFLINE", offline_width) + " SEEN") +
           "\n";
  return paint.bold(padded("REGISTRATION ID", id_width) + " " + padded("STATUS", status_width) + " " +
                    padded("REASON", reason_width) + " " + padded("OFFLINE", offline_width) + " LAST SEEN") +
         "\n";
}

std::string device_line(const View& device, const Paint& paint, WallTime now, bool labelled) {
  const bool offline = device.flag("offline");
  std::string answer = offline ? "yes" : "no";
  if (offline && device.has("trustLeftSeconds"))
    answer = span_text(Seconds(device.number("trustLeftSeconds")));
  const std::string answered = padded(answer, offline_width);
  std::string out = padded(device.text("registrationId"), labelled ? short_id_width : id_width) + " ";
  if (labelled) out += padded(device.text("label"), label_width) + " ";
  return out + padded(device.text("status"), status_width) + " " +
         padded(device.at("reason").text("code"), labelled ? short_reason_width : reason_width) + " " +
         (offline ? paint.good(answered) : paint.warn(answered)) + " " + seen_text(device, now, labelled) +
         "\n";
}

int show_devices(const Session& session, const DevicesQuestion& question) {
  std::string after;
  std::int64_t shown = 0;
  bool labelled = false;
  do {
    const Answered got = ask(session, target_of(question, after));
    if (!got.document) return got.exit;
    const View page = got.document->root();
    after = page.text("next");
    if (session.json) {
      session.out << got.body;  // a page a document: readers of JSON take one after another
      continue;
    }
    const auto devices = page.list("registrations");
    if (shown == 0) labelled = any_has_label(devices);
    for (const View& device : devices) {
      if (shown++ == 0) session.out << devices_head(session.paint, labelled);
      session.out << device_line(device, session.paint, session.now, labelled);
    }
  } while (!after.empty());
  if (!session.json && shown == 0) session.out << "no leaf fits\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
