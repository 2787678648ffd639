// `watch` on a terminal: asks, listens, draws and hears the keyboard, all on one loop.
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <ostream>

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <unistd.h>

#include "gateway/ctl/screen.hpp"
#include "gateway/ctl/verbs.hpp"
#include "gateway/ctl/watch_model.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/net/http_client.hpp"
#include "gateway/net/plain_socket.hpp"
#include "gateway/runtime/sleep.hpp"
#include "gateway/runtime/wall_time.hpp"

namespace leafgate::ctl {
namespace {

constexpr Seconds look_at_state_every{2};
constexpr Millis paint_every{250};
constexpr Seconds answer_within{10};
constexpr std::size_t longest_live_answer = 4 << 20;

// Everything of one viewing. Tasks that still wait at its end go with the loop, and look back at nothing
// here.
class Viewing {
 public:
  Viewing(const Session& session, Screen& screen, std::string filter)
      : session_(session),
        screen_(screen),
        changed_(executor()),
        signals_(executor(), SIGINT, SIGTERM, SIGHUP),
        window_(executor(), SIGWINCH, SIGTSTP),
        keys_(executor(), ::dup(screen.descriptor())) {
    view_.filter = ascii_lower(filter);
  }

  void run() {
    hear_signals();
    hear_window();
    hear_keys();
    spawn(executor(), look());
    spawn(executor(), listen());
    spawn(executor(), draw());
    context_.run();
  }

 private:
  Executor executor() { return context_.get_executor(); }
  static net::HttpClientLimits limits() {
    net::HttpClientLimits out;
    out.body = longest_live_answer;
    return out;
  }
  net::HttpConnect connector() {
    return [this](TimePoint) -> Task<Result<std::unique_ptr<net::Stream>>> {
      auto socket = net::connect_unix(executor(), session_.daemon.socket());
      if (!socket) co_return socket.error();
      std::unique_ptr<net::Stream> stream = std::move(*socket);
      co_return stream;
    };
  }

  void end() { context_.stop(); }
  void hear_signals() {
    signals_.async_wait([this](boost::system::error_code error, int) {
      if (!error) end();
    });
  }
  void hear_window() {
    window_.async_wait([this](boost::system::error_code error, int number) {
      if (error) return;
      if (number == SIGTSTP) {
        screen_.leave();
        ::raise(SIGSTOP);
        screen_.take_up();
      } else {
        screen_.forget();
      }
      changed_.notify();
      hear_window();
    });
  }
  void hear_keys() {
    keys_.async_wait(boost::asio::posix::descriptor_base::wait_read, [this](boost::system::error_code error) {
      if (error) return end();
      std::array<char, 64> room{};
      const ssize_t size = ::read(keys_.native_handle(), room.data(), room.size());
      if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return end();  // it has been hung up
      if (size > 0 && !view_.press(std::string_view(room.data(), static_cast<std::size_t>(size))))
        return end();
      changed_.notify();
      hear_keys();
    });
  }

  static Task<Result<std::string>> get(net::HttpClient& client, std::string target);
  Task<void> look();
  Task<void> listen();
  Task<void> follow(net::PlainSocket& socket);
  void take_events(std::string_view text);
  Task<void> draw();

  const Session& session_;
  Screen& screen_;
  boost::asio::io_context context_{1};
  Wakeup changed_;
  boost::asio::basic_signal_set<Executor> signals_;
  boost::asio::basic_signal_set<Executor> window_;
  boost::asio::posix::basic_stream_descriptor<Executor> keys_;
  WatchView view_;
  EventBlocks blocks_;
};

Task<Result<std::string>> Viewing::get(net::HttpClient& client, std::string target) {
  net::HttpRequest request("GET", std::move(target));
  auto got = co_await client.send(std::move(request), LoopClock::now() + answer_within);
  if (!got) co_return got.error();
  if (got->status != 200) co_return Error(Errc::malformed, "HTTP " + std::to_string(got->status));
  co_return std::move(got->body);
}

Task<void> Viewing::look() {
  // Here and not a member: what waits in it goes before it when the view ends.
  net::HttpClient client("gateway", connector(), limits());
  std::optional<TimePoint> before;
  while (true) {
    auto status = co_await get(client, "/v1/status");
    auto metrics = co_await get(client, "/metrics");
    if (status && metrics) {
      const auto document = Document::parse(*status);
      const TimePoint now = LoopClock::now();
      const auto apart = std::chrono::round<Seconds>(now - before.value_or(now));
      before = now;
      if (document) view_.model.take(figures_of(document->root(), *metrics), apart);
    } else {
      view_.model.lose((status ? metrics : status).error().detail);
    }
    changed_.notify();
    co_await sleep_for(look_at_state_every);
  }
}

void Viewing::take_events(std::string_view text) {
  for (const EventBlocks::Block& block : blocks_.take(text))
    if (const auto event = Document::parse(block.data)) view_.model.take(event_of(block.kind, event->root()));
  changed_.notify();
}

Task<void> Viewing::follow(net::PlainSocket& socket) {
  net::HttpRequest request("GET", "/v1/events");
  request.headers.add("Connection", "close");
  if (!blocks_.last().empty()) request.headers.add("Last-Event-ID", blocks_.last());
  const std::string head = net::request_head(request, "gateway");
  auto sent = co_await socket.write(as_bytes(head));
  bool more = sent.has_value();
  bool in_body = false;
  std::string text;
  Bytes room(16 * 1024);
  while (more) {
    auto got = co_await socket.read_some(room);
    more = got.has_value() && *got > 0;
    if (more) text += as_text(ByteView(room).first(*got));
    const std::size_t end = text.find("\r\n\r\n");
    if (!in_body && end == std::string::npos) continue;
    if (!in_body && !text.starts_with("HTTP/1.1 200")) co_return;
    if (!in_body) text.erase(0, end + 4);
    in_body = true;
    take_events(text);
    text.clear();
  }
}

Task<void> Viewing::listen() {
  while (true) {
    auto socket = net::connect_unix(executor(), session_.daemon.socket());
    if (socket) co_await follow(**socket);
    co_await sleep_for(look_at_state_every);
  }
}

// At most four times a second, and at least once: the time of day goes on.
Task<void> Viewing::draw() {
  while (true) {
    const Screen::Size size = screen_.size();
    FrameLook look_now;
    look_now.columns = size.columns;
    look_now.rows = size.rows;
    look_now.utf8 = session_.utf8;
    look_now.paint = session_.paint;
    look_now.now = system_wall_time();
    if (!screen_.paint(view_.frame(look_now))) co_return end();
    co_await sleep_for(paint_every);
    const bool notified = co_await changed_.wait_until(LoopClock::now() + Seconds(1));
    (void)notified;
  }
}

}  // namespace

int watch_live(const Session& session, const std::string& match) {
  auto screen = Screen::open();
  if (!screen) {
    session.err << "leafgatectl: " << visible(screen.error().detail) << "; watch --plain tells it in lines\n";
    return Exit::no;
  }
  Viewing viewing(session, **screen, match);
  viewing.run();
  return Exit::yes;
}

}  // namespace leafgate::ctl
