#include <algorithm>
#include <ostream>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

std::string next_try(const View& waiting) {
  if (waiting.has("nextTryInSeconds")) return "in " + span_text(Seconds(waiting.number("nextTryInSeconds")));
  return waiting.text("state");
}

}  // namespace

Table queue_table(const std::vector<View>& first, std::size_t room) {
  const auto row = [](const View& waiting) {
    return std::vector<Cell>{leaf_cell(waiting),
                             {waiting.text("class")},
                             {span_text(Seconds(waiting.number("ageSeconds")))},
                             {std::to_string(waiting.number("tries"))},
                             {waiting.at("reason").text("code")},
                             {next_try(waiting)}};
  };
  return {{{"REGISTRATION ID", least_id, Cut::middle},
           {"CLASS", 11},
           {"AGE", 7},
           {"TRIES", 5},
           {"WHY IT WAITS", 11},
           {"NEXT TRY", 9}},
          row,
          first,
          room};
}

int show_queue(const Session& session) {
  const Answered got = ask(session, "/v1/queue?limit=1000");
  if (!got.document) return got.exit;
  if (session.json) {
    session.out << got.body;
    return Exit::yes;
  }
  const auto rows = got.document->root().list("queue");
  if (rows.empty()) {
    session.out << "nothing waits for the service\n";
    return Exit::yes;
  }
  const Table table = queue_table(rows, session.wide);
  session.out << table.head(session.paint);
  for (const View& waiting : rows) session.out << table.line(waiting, session.paint);
  const auto kept =
      std::count_if(rows.begin(), rows.end(), [](const View& row) { return row.flag("durable"); });
  const auto in_memory = static_cast<std::int64_t>(rows.size()) - kept;
  if (in_memory > 0)
    session.out << in_memory << " of them in memory alone: asked about again, and not counted by status\n";
  const auto more = got.document->root().number("all") - static_cast<std::int64_t>(rows.size());
  if (more > 0) session.out << "and " << more << " more behind them\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
