#include <algorithm>
#include <optional>
#include <ostream>

#include "gateway/ctl/pages.hpp"

namespace leafgate::ctl {
namespace {

// Without "ago" beside a label: the head of the column says when.
std::string seen_text(const View& device, WallTime now, bool labelled) {
  std::string out = device.has("lastSeen") ? ago(device.text("lastSeen"), now) : "-";
  constexpr std::string_view behind = " ago";
  if (labelled && out.ends_with(behind)) out.resize(out.size() - behind.size());
  return out;
}

std::string offline_text(const View& device) {
  if (!device.flag("offline")) return "no";
  return device.has("trustLeftSeconds") ? span_text(Seconds(device.number("trustLeftSeconds"))) : "yes";
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

Table devices_table(const std::vector<View>& first, std::size_t room, WallTime now) {
  const bool labelled =
      std::any_of(first.begin(), first.end(), [](const View& device) { return device.has("label"); });
  std::vector<Column> told{{"REGISTRATION ID", least_id, Cut::middle}};
  if (labelled) told.push_back({"LABEL", least_label, Cut::end, label_yields_to});
  for (const Column& column : {Column{"STATUS", 10}, Column{"REASON", 12}, Column{"OFFLINE", 7}})
    told.push_back(column);
  told.push_back({labelled ? "SEEN" : "LAST SEEN", 8});
  const auto row = [labelled, now](const View& device) {
    std::vector<Cell> cells{{device.text("registrationId")}};
    if (labelled) cells.push_back({device.text("label")});
    cells.push_back({device.text("status")});
    cells.push_back({device.at("reason").text("code")});
    cells.push_back({offline_text(device), {}, device.flag("offline") ? &Paint::good : &Paint::warn});
    cells.push_back({seen_text(device, now, labelled)});
    return cells;
  };
  return {std::move(told), row, first, room};
}

int show_devices(const Session& session, const DevicesQuestion& question) {
  if (!is_span(session, "--expiring", question.expiring)) return Exit::usage;
  std::optional<Table> table;
  const EachPage each = [&](const View& page, const std::string& body) {
    if (session.json) {
      session.out << body;  // a page a document: readers of JSON take one after another
      return true;
    }
    const auto devices = page.list("registrations");
    if (!table && !devices.empty()) {
      table.emplace(devices_table(devices, session.wide, session.now));
      session.out << table->head(session.paint);
    }
    for (const View& device : devices) session.out << table->line(device, session.paint);
    return true;
  };
  const int exit = walk_pages(session, target_of(question), each);
  if (exit == Exit::yes && !session.json && !table) session.out << none_text(question);
  return exit;
}

}  // namespace leafgate::ctl
