// An answer that does not end, or is long: server-sent events, a backup.
#include <charconv>
#include <csignal>
#include <optional>

#include <boost/asio/basic_signal_set.hpp>

#include "gateway/ctl/daemon.hpp"
#include "gateway/net/http_message.hpp"
#include "gateway/net/plain_socket.hpp"

namespace leafgate::ctl {
namespace {

constexpr std::size_t longest_refusal = 1 << 20;

struct Following {
  std::optional<Result<Reply>> got;
  std::string text;  // of the head, later of a refusal
  const std::function<void(std::string_view)>& on_text;
};

// False at the end.
Task<bool> read_more(net::PlainSocket& socket, std::string& into) {
  Bytes room(16 * 1024);
  auto got = co_await socket.read_some(room);
  if (!got || *got == 0) co_return false;
  into.append(as_text(ByteView(room).first(*got)));
  co_return true;
}

// Content-Length, as this daemon writes it.
std::optional<std::uint64_t> announced_in(std::string_view head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  const std::size_t at = head.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  std::uint64_t octets = 0;
  const char* digits = head.data() + at + name.size();
  const auto read = std::from_chars(digits, head.data() + head.size(), octets);
  return read.ec == std::errc() ? std::optional<std::uint64_t>(octets) : std::nullopt;
}

Task<void> follow_to_the_end(net::PlainSocket& socket, const std::string& head, Following& following) {
  auto sent = co_await socket.write(as_bytes(head));
  bool more = sent.has_value();
  std::string& text = following.text;
  while (more && text.find("\r\n\r\n") == std::string::npos) more = co_await read_more(socket, text);
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos || text.size() < 12) co_return;
  Reply reply;
  reply.status = std::atoi(text.c_str() + 9);
  reply.announced = announced_in(std::string_view(text).substr(0, end));
  text.erase(0, end + 4);
  while (more) {
    if (reply.status == 200) {
      following.on_text(text);
      text.clear();
    }
    if (text.size() > longest_refusal) break;
    more = co_await read_more(socket, text);
  }
  if (reply.status == 200) following.on_text(text);
  reply.body = text;
  following.got.emplace(std::move(reply));
}

}  // namespace

Result<Reply> Daemon::follow(const Question& question, const std::function<void(std::string_view)>& on_text,
                             bool& interrupted) const {
  boost::asio::io_context context(1);
  auto socket = net::connect_unix(context.get_executor(), socket_);
  if (!socket) return socket.error();
  net::HttpRequest request(question.method, question.target);
  request.headers.add("Connection", "close");
  if (!question.content_type.empty()) request.headers.add("Content-Type", question.content_type);
  if (!question.because.empty()) request.headers.add("X-Because", question.because);
  if (!question.last_event.empty()) request.headers.add("Last-Event-ID", question.last_event);
  boost::asio::basic_signal_set<Executor> signals(context.get_executor(), SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code error, int) {
    if (error) return;
    interrupted = true;
    (*socket)->stop();
  });
  Following following{std::nullopt, {}, on_text};
  request.body = question.body;
  const std::string head = net::request_head(request, "gateway") + question.body;
  const auto run = [&]() -> Task<void> {
    co_await follow_to_the_end(**socket, head, following);
    signals.cancel();
  };
  spawn(context.get_executor(), run());
  context.run();
  if (following.got) return *following.got;
  return Error(Errc::unreachable, "the daemon ended the connection");
}

bool Daemon::rest(Millis span) {
  boost::asio::io_context context(1);
  bool interrupted = false;
  boost::asio::basic_signal_set<Executor> signals(context.get_executor(), SIGINT, SIGTERM);
  Timer timer(context.get_executor());
  timer.expires_after(span);
  timer.async_wait([&](boost::system::error_code) { signals.cancel(); });
  signals.async_wait([&](boost::system::error_code error, int) {
    if (error) return;
    interrupted = true;
    timer.cancel();
  });
  context.run();
  return !interrupted;
}

}  // namespace leafgate::ctl
