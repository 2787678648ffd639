// Server-sent events (WHATWG HTML, "server-sent events"): what happens, while it happens.
#include <charconv>
#include <memory>

#include "adapters/status/render.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::status {
namespace {

constexpr std::size_t most_watchers = 8;  // of the connections of this socket
constexpr std::size_t events_at_a_time = 64;
constexpr auto heartbeat = std::chrono::seconds(15);
constexpr auto patience = std::chrono::seconds(30);  // with who does not read

bool fits(const Event& event, const std::string& match, const Labels* labels) {
  if (match.empty()) return true;
  const std::string label =
      labels == nullptr ? std::string() : labels->label_of(ascii_lower(event.registration_id));
  for (const std::string_view text :
       {std::string_view(event.registration_id), std::string_view(label), std::string_view(event.object),
        std::string_view(event.source), code(event.reason)})
    if (ascii_lower(text).find(match) != std::string::npos) return true;
  return false;
}

std::string text_of(const EventFeed::Batch& batch, const std::string& match, const Labels* labels) {
  std::string out;
  if (batch.lost > 0) out += "event: lost\ndata: {\"lost\":" + std::to_string(batch.lost) + "}\n\n";
  for (const Event& event : batch.events)
    if (fits(event, match, labels))
      out.append("id: ")
          .append(std::to_string(event.number))
          .append("\nevent: ")
          .append(to_text(event.kind))
          .append("\ndata: ")
          .append(render(event, labels))
          .append("\n\n");
  return out;
}

// One of the seats, from its making on. Whoever watches says nothing; that he has gone shows when reading
// ends.
struct Seat {
  Seat(EventFeed& events, const Executor& loop) : feed(events), something(loop), over(loop) {
    feed.attach(something);
  }
  ~Seat() { feed.detach(something); }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  EventFeed& feed;
  Wakeup something;  // an event, or the end
  Wakeup over;       // notice_end has returned
  bool gone = false;
  bool ended = false;
};

Task<void> notice_end(net::Stream& stream, Seat& seat) {
  Bytes unwanted(256);
  while (true) {
    auto got = co_await stream.read_some(unwanted);
    if (!got || *got == 0) break;
  }
  seat.gone = true;
  seat.ended = true;
  seat.something.notify();
  seat.over.notify();
}

Task<void> tell_events(std::shared_ptr<Seat> seat, net::Stream& stream, std::string match,
                       std::uint64_t position, const Labels* labels) {
  const Executor loop = co_await boost::asio::this_coro::executor;
  spawn(loop, notice_end(stream, *seat));
  std::string text = "retry: 2000\n: leafgate events\n\n";
  TimePoint beat = LoopClock::now();
  while (!seat->gone) {
    const EventFeed::Batch batch = seat->feed.after(position, events_at_a_time);
    position = batch.next;
    text += text_of(batch, match, labels);
    if (text.empty() && LoopClock::now() >= beat) text = ": still here\n\n";
    if (!text.empty()) {
      // A slow reader is waited for, not for ever: others want his seat. What he misses meanwhile is counted
      // by the feed.
      stream.expires_at(LoopClock::now() + patience);
      auto written = co_await stream.write(as_bytes(text));
      if (!written) break;
      stream.expires_at(TimePoint::max());
      text.clear();
      beat = LoopClock::now() + heartbeat;
    } else if (batch.events.empty()) {
      const bool notified = co_await seat->something.wait_until(beat);
      (void)notified;
    }
  }
  stream.expires_at(LoopClock::now());  // ends the reading, if it has not ended
  while (!seat->ended) co_await seat->over.wait();
}

std::uint64_t where_to_begin(const net::HttpRequest& request, const EventFeed& feed) {
  const std::string* last = request.headers.find("Last-Event-ID");
  std::uint64_t number = feed.newest();
  if (last != nullptr) std::from_chars(last->data(), last->data() + last->size(), number);
  return number;
}

}  // namespace

Task<net::HttpResponse> watch_events(const RoutesPorts& ports, const net::HttpRequest& request,
                                     const net::HttpTarget& target) {
  const Executor loop = co_await boost::asio::this_coro::executor;
  auto known = only_knows(target, "|match|");
  if (!known) co_return error_reply(known.error());
  if (ports.events == nullptr || ports.events->watchers() >= most_watchers)
    co_return error_reply(Error(Errc::throttled, "as many are watching as may"));
  const auto seat = std::make_shared<Seat>(*ports.events, loop);
  const std::string* match = target.parameter("match");
  std::string wanted = match == nullptr ? std::string() : ascii_lower(*match);
  const std::uint64_t position = where_to_begin(request, *ports.events);
  net::HttpResponse out(200, "text/event-stream", {});
  out.headers.add("Cache-Control", "no-store");
  const Labels* labels = ports.commissioning;
  out.takeover = [seat, wanted, position, labels](net::Stream& stream, std::string) {
    return tell_events(seat, stream, wanted, position, labels);
  };
  co_return out;
}

}  // namespace leafgate::status
