#include <algorithm>
#include <optional>
#include <ostream>

#include "gateway/ctl/pages.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t least_id = 15;
constexpr std::size_t least_label = 12;
constexpr std::size_t least_reason = 15;
constexpr std::size_t status_width = 10;
constexpr std::size_t offline_width = 7;
constexpr std::size_t seen_width = 13;
constexpr std::size_t short_seen_width = 8;  // with a label beside it

// Without "ago": the head of the column says when.
std::string seen_text(const View& device, WallTime now, bool labelled) {
  std::string out = device.has("lastSeen") ? ago(device.text("lastSeen"), now) : "-";
  constexpr std::string_view behind = " ago";
  if (labelled && out.ends_with(behind)) out.resize(out.size() - behind.size());
  return cell(out, labelled ? short_seen_width : seen_width);
}

std::string target_of(const DevicesQuestion& question) {
  std::string out = listing("/v1/registrations");
  add_parameter(out, "state", question.state);
  add_parameter(out, "match", question.match);
  add_parameter(out, "expiring", question.expiring);
  return out;
}

// Nobody, or nobody of that kind.
std::string none_text(const DevicesQuestion& question) {
  const bool all = question.state.empty() && question.match.empty() && question.expiring.empty();
  return all ? "no leaf has registered here yet; leafgatectl strangers tells who tried\n" : "no leaf fits\n";
}

}  // namespace

std::string with_label(const View& of, const std::string& id) {
  return of.has("label") ? id + " " + of.text("label") : id;
}

std::string named(const View& leaf) { return with_label(leaf, leaf.text("registrationId")); }

DevicesTable::DevicesTable(const std::vector<View>& first, std::size_t room) {
  std::vector<ColumnNeed> needs{{least_id, least_id}, {least_reason, least_reason}, {0, 0}};
  for (const View& device : first) {
    needs[0].wanted = std::max(needs[0].wanted, width_of(device.text("registrationId")));
    needs[1].wanted = std::max(needs[1].wanted, width_of(device.at("reason").text("code")));
    if (device.has("label"))
      needs[2] = {std::max(needs[2].wanted, width_of(device.text("label"))), least_label};
  }
  labelled_ = needs[2].least > 0;
  const std::size_t seen = labelled_ ? short_seen_width : seen_width;
  const std::size_t blanks = labelled_ ? 5 : 4;
  const auto widths = column_widths(needs, room - status_width - offline_width - seen - blanks);
  id_ = widths[0];
  reason_ = widths[1];
  label_ = widths[2];
}

std::string DevicesTable::head(const Paint& paint) const {
  return paint.bold(padded("REGISTRATION ID", id_) + " " +
                    (labelled_ ? padded("LABEL", label_) + " " : std::string()) +
                    padded("STATUS", status_width) + " " + padded("REASON", reason_) + " " +
                    padded("OFFLINE", offline_width) + (labelled_ ? " SEEN" : " LAST SEEN")) +
         "\n";
}

std::string DevicesTable::line(const View& device, const Paint& paint, WallTime now) const {
  const bool offline = device.flag("offline");
  std::string answer = offline ? "yes" : "no";
  if (offline && device.has("trustLeftSeconds"))
    answer = span_text(Seconds(device.number("trustLeftSeconds")));
  const std::string answered = padded(answer, offline_width);
  std::string out = padded(device.text("registrationId"), id_) + " ";
  if (labelled_) out += padded(device.text("label"), label_) + " ";
  return out + padded(device.text("status"), status_width) + " " +
         padded(device.at("reason").text("code"), reason_) + " " +
         (offline ? paint.good(answered) : paint.warn(answered)) + " " + seen_text(device, now, labelled_) +
         "\n";
}

int show_devices(const Session& session, const DevicesQuestion& question) {
  if (!is_span(session, "--expiring", question.expiring)) return Exit::usage;
  std::optional<DevicesTable> table;
  const EachPage each = [&](const View& page, const std::string& body) {
    if (session.json) {
      session.out << body;  // a page a document: readers of JSON take one after another
      return true;
    }
    const auto devices = page.list("registrations");
    if (!table && !devices.empty()) {
      table.emplace(devices, session.wide);
      session.out << table->head(session.paint);
    }
    for (const View& device : devices) session.out << table->line(device, session.paint, session.now);
    return true;
  };
  const int exit = walk_pages(session, target_of(question), each);
  if (exit == Exit::yes && !session.json && !table) session.out << none_text(question);
  return exit;
}

}  // namespace leafgate::ctl
