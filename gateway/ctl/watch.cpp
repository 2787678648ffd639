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

std::string event_line(std::string_view kind, const View& event, const Paint& paint) {
  if (kind == "lost")
    return paint.warn(std::to_string(event.number("lost")) +
                      " events were lost: this terminal reads too slowly") +
           "\n";
  std::string what = named(event);
  if (what.empty()) what = event.text("source");
  std::string out = cell(event.text("at").substr(std::min<std::size_t>(11, event.text("at").size()), 8), 8) +
                    " " + padded(kind, 7) + " " + padded(what, 26) + " " +
                    padded(event.at("reason").text("code"), 22) + " ";
  std::string more = event.text("detail");
  if (more.empty() && event.has("registrationId")) more = event.text("source");
  return out + cell(more, columns - 67) + "\n";
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
      out += event_line(block.kind, event->root(), paint_);
  }
  return out;
}

int watch(const Session& session, const std::string& match, bool plain) {
  if (session.may_draw && !plain && !session.json) return watch_live(session, match);
  EventReader reader(session.paint, session.json);
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
