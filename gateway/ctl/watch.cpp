#include <algorithm>
#include <ostream>

#include "gateway/ctl/verbs.hpp"
#include "gateway/model/percent.hpp"

namespace leafgate::ctl {
namespace {

constexpr Millis again_after{2000};

std::string_view field(std::string_view block, std::string_view name) {
  while (!block.empty()) {
    const std::string_view line = block.substr(0, block.find('\n'));
    if (line.starts_with(name) && line.substr(name.size()).starts_with(": "))
      return line.substr(name.size() + 2);
    block.remove_prefix(std::min(line.size() + 1, block.size()));
  }
  return {};
}

}  // namespace

std::string event_line(std::string_view kind, const View& event, const Paint& paint, std::size_t room) {
  if (kind == "lost")
    return paint.warn(std::to_string(event.number("lost")) +
                      " events were lost: this terminal reads too slowly") +
           "\n";
  constexpr std::size_t time_and_kind = 15;
  constexpr std::size_t reason_width = 22;
  const std::size_t id_width = room == all_it_wants ? std::size_t{26} : std::max(least_id, room / 3);
  const auto row = [kind](const View& of) {
    const std::string at = of.text("at");
    Cell who = leaf_cell(of);
    if (who.text.empty()) who = {of.text(of.has("object") ? "object" : "source")};
    std::string more = of.text("detail");
    if (more.empty() && of.has("registrationId")) more = of.text("source");
    return std::vector<Cell>{{at.substr(std::min<std::size_t>(11, at.size()), 8)},
                             {std::string(kind)},
                             std::move(who),
                             {of.at("reason").text("code")},
                             {std::move(more)}};
  };
  const std::size_t rest = room - std::min(room, time_and_kind + id_width + reason_width + std::size_t{4});
  // What comes next may want any width: each column has its own from the beginning.
  const Table table({{"", 8}, {"", 7}, {"", id_width, Cut::middle}, {"", reason_width}, {"", rest}}, row, {},
                    room);
  return table.line(event, paint);
}

std::vector<EventBlocks::Block> EventBlocks::take(std::string_view text) {
  unread_ += text;
  std::vector<Block> out;
  for (std::size_t end = unread_.find("\n\n"); end != std::string::npos; end = unread_.find("\n\n")) {
    const std::string block = unread_.substr(0, end);
    unread_.erase(0, end + 2);
    const std::string_view data = field(block, "data");
    if (data.empty()) continue;  // a heartbeat
    if (const std::string_view id = field(block, "id"); !id.empty()) last_ = id;
    out.push_back({std::string(field(block, "event")), std::string(data)});
  }
  return out;
}

std::string EventReader::take(std::string_view text) {
  std::string out;
  for (const EventBlocks::Block& block : blocks_.take(text)) {
    if (json_)
      out.append(block.data).append("\n");
    else if (const auto event = Document::parse(block.data))
      out += event_line(block.kind, event->root(), paint_, room_);
  }
  return out;
}

int watch(const Session& session, const std::string& match, bool plain) {
  if (session.may_draw && !plain && !session.json) return watch_live(session, match);
  EventReader reader(session.paint, session.json, session.wide);
  Question question;
  question.target = "/v1/events" + (match.empty() ? "" : "?match=" + percent_encode(match));
  bool interrupted = false;
  bool connected = false;
  bool told = false;
  const std::function<void(std::string_view)> show = [&](std::string_view text) {
    if (told) session.err << "leafgatectl: the daemon is back\n";
    connected = true;
    told = false;
    session.out << reader.take(text) << std::flush;
  };
  while (true) {
    const auto ended = session.daemon.follow(question, show, interrupted);
    if (interrupted || !session.out) return Exit::yes;
    if (ended && ended->status != 200) return answer_of(session, ended).exit;
    if (!connected) return answer_of(session, ended).exit;
    if (!told) session.err << "leafgatectl: the daemon went away; asking again every 2 s\n";
    told = true;
    question.last_event = reader.last();
    if (!Daemon::rest(again_after)) return Exit::yes;
  }
}

}  // namespace leafgate::ctl
