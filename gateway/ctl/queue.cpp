#include <ostream>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t id_width = 24;
constexpr std::size_t class_width = 11;
constexpr std::size_t age_width = 8;
constexpr std::size_t tries_width = 5;
constexpr std::size_t reason_width = 18;
constexpr std::size_t next_width = 9;

std::string next_try(const View& waiting) {
  if (waiting.has("nextTryInSeconds")) return "in " + span_text(Seconds(waiting.number("nextTryInSeconds")));
  return waiting.text("state");
}

}  // namespace

std::string queue_head(const Paint& paint) {
  return paint.bold(padded("REGISTRATION ID", id_width) + " " + padded("CLASS", class_width) + " " +
                    padded("AGE", age_width) + " " + padded("TRIES", tries_width) + " " +
                    padded("WHY IT WAITS", reason_width) + " NEXT TRY") +
         "\n";
}

std::string queue_line(const View& waiting) {
  return padded(named(waiting), id_width) + " " + padded(waiting.text("class"), class_width) + " " +
         padded(span_text(Seconds(waiting.number("ageSeconds"))), age_width) + " " +
         padded(std::to_string(waiting.number("tries")), tries_width) + " " +
         padded(waiting.at("reason").text("code"), reason_width) + " " + cell(next_try(waiting), next_width) +
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
  session.out << queue_head(session.paint);
  for (const View& waiting : rows) session.out << queue_line(waiting);
  const auto more = got.document->root().number("all") - static_cast<std::int64_t>(rows.size());
  if (more > 0) session.out << "and " << more << " more behind them\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
