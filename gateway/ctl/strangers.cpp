#include <ostream>

#include "gateway/ctl/verbs.hpp"

namespace leafgate::ctl {

// An IPv6 address may need 39 columns; most need fewer, and explain shows it whole.
Table strangers_table(const std::vector<View>& first, std::size_t room, WallTime now) {
  const auto row = [now](const View& stranger) {
    const auto attempts = stranger.list("attempts");
    const View last = attempts.empty() ? View(nullptr) : attempts.back();
    return std::vector<Cell>{{stranger.text("address"), stranger.text("expectedHere")},
                             {std::to_string(stranger.number("events"))},
                             {last.text("step")},
                             {last.at("reason").text("code")},
                             {ago(last.text("at"), now)}};
  };
  return {{{"ADDRESS", 15, Cut::beginning},
           {"EVENTS", 6},
           {"STEP", 9, Cut::end, 9},
           {"REASON", 14},
           {"LAST", 12}},
          row,
          first,
          room};
}

int show_strangers(const Session& session) {
  const Answered got = ask(session, "/v1/strangers");
  if (!got.document) return got.exit;
  if (session.json) {
    session.out << got.body;
    return Exit::yes;
  }
  const auto strangers = got.document->root().list("strangers");
  if (strangers.empty()) {
    session.out << "no source has failed here since the start\n";
    return Exit::yes;
  }
  const Table table = strangers_table(strangers, session.wide, session.now);
  session.out << table.head(session.paint);
  for (const View& stranger : strangers) session.out << table.line(stranger, session.paint);
  session.out << "why, and what to do: leafgatectl explain ADDRESS\n";
  return Exit::yes;
}

}  // namespace leafgate::ctl
