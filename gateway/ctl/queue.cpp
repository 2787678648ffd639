#include <algorithm>
#include <ostream>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t least_id = 15;
constexpr std::size_t class_width = 11;
constexpr std::size_t age_width = 8;
constexpr std::size_t tries_width = 5;
constexpr std::size_t least_reason = 15;
constexpr std::size_t next_width = 9;

std::string next_try(const View& waiting) {
  if (waiting.has("nextTryInSeconds")) return "in " + span_text(Seconds(waiting.number("nextTryInSeconds")));
  return waiting.text("state");
}

}  // namespace

QueueTable::QueueTable(const std::vector<View>& rows, std::size_t room) {
  std::vector<ColumnNeed> needs{{least_id, least_id}, {least_reason, least_reason}};
  for (const View& waiting : rows) {
    needs[0].wanted = std::max(needs[0].wanted, width_of(named(waiting)));
    needs[1].wanted = std::max(needs[1].wanted, width_of(waiting.at("reason").text("code")));
  }
  const auto widths =
      column_widths(needs, room - class_width - age_width - tries_width - next_width - std::size_t{5});
  id_ = widths[0];
  reason_ = widths[1];
}

std::string QueueTable::head(const Paint& paint) const {
  return paint.bold(padded("REGISTRATION ID", id_) + " " + padded("CLASS", class_width) + " " +
                    padded("AGE", age_width) + " " + padded("TRIES", tries_width) + " " +
                    padded("WHY IT WAITS", reason_) + " NEXT TRY") +
         "\n";
}

std::string QueueTable::line(const View& waiting) const {
  return padded(named(waiting), id_) + " " + padded(waiting.text("class"), class_width) + " " +
         padded(span_text(Seconds(waiting.number("ageSeconds"))), age_width) + " " +
         padded(std::to_string(waiting.number("tries")), tries_width) + " " +
         padded(waiting.at("reason").text("code"), reason_) + " " + cell(next_try(waiting), next_width) +
         "\n";
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
  const QueueTable table(rows, session.wide);
  session.out << table.head(session.paint);
  for (const View& waiting : rows) session.out << table.line(waiting);
  const auto more = got.document->root().number("all") - static_cast<std::int64_t>(rows.size());
  if (more > 0) session.out << "and " << more << " more behind them\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
