#include "gateway/net/http_server.hpp"

#include <algorithm>
#include <charconv>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

namespace leafgate::net {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t gulp = 16 * 1024;
constexpr int switching_protocols = 101;     // the next protocol says it itself
constexpr std::size_t start_line_room = 64;  // Beast's limit counts octets that ours does not

// What reading one request came to: the request, a refusal, or nothing (the peer is gone).
struct Incoming {
  bool gone = false;
  int refusal = 0;  // HTTP status, 0: none
  std::string_view why;
  bool keep_alive = false;
  bool expects_continue = false;
  std::size_t body_size = 0;
  HttpRequest request;

  void refuse(int status, std::string_view text) {
    refusal = status;
    why = text;
  }
};

// Line ends other than CRLF, folded lines and control octets are where parsers disagree: none of them passes.
bool has_strict_lines(std::string_view block) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    const auto c = static_cast<unsigned char>(block[i]);
    if (c == '\r') {
      if (i + 1 >= block.size() || block[i + 1] != '\n') return false;
    } else if (c == '\n') {
      if (i == 0 || block[i - 1] != '\r') return false;
      if (i + 1 < block.size() && (block[i + 1] == ' ' || block[i + 1] == '\t')) return false;
    } else if ((c < 0x20 && c != '\t') || c == 0x7f) {
      return false;
    }
  }
  return true;
}

// A bare line feed never becomes an end of head, and a control octet is another protocol's (MQTT, AMQP):
// refused as soon as it is seen.
bool cannot_become_a_head(std::string_view text, std::size_t from) {
  for (std::size_t i = from; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n' && (i == 0 || text[i - 1] != '\r')) return true;
    if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f) return true;
  }
  return false;
}

void read_length(Incoming& in, const HttpLimits& limits) {
  const HttpHeaders& headers = in.request.headers;
  const std::size_t lengths = headers.count("Content-Length");
  if (headers.find("Transfer-Encoding") != nullptr) {
    if (lengths > 0) return in.refuse(400, "both Transfer-Encoding and Content-Length");
    return in.refuse(411, "transfer codings are not accepted; send a Content-Length");
  }
  if (lengths == 0) return;
  const std::string& text = *headers.find("Content-Length");
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (lengths > 1 || !digits || text.size() > 18) return in.refuse(400, "a Content-Length that is no number");
  std::from_chars(text.data(), text.data() + text.size(), in.body_size);
  if (in.body_size > limits.body) in.refuse(413, "the body is larger than this server takes");
}

// `block` is a whole head, from the start line to the empty line.
Incoming parse_head(std::string_view block, const HttpLimits& limits) {
  Incoming in;
  if (!has_strict_lines(block)) {
    in.refuse(400, "control characters, folded lines or bare line ends in the head");
    return in;
  }
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.head + start_line_room));
  parser.body_limit(boost::none);
  parser.eager(false);  // stops at the end of the head: the body is read here
  boost::system::error_code error;
  parser.put(boost::asio::buffer(block.data(), block.size()), error);
  if (error == http::error::bad_version) {
    in.refuse(505, "HTTP/1.1 and 1.0 only");
    return in;
  }
  // Beast's own view of two lengths or codings; told apart below where it let them pass.
  if (error || !parser.is_header_done()) {
    in.refuse(400, "not a readable HTTP head");
    return in;
  }
  const auto& message = parser.get();
  in.request.method = std::string(message.method_string());
  in.request.target = std::string(message.target());
  std::size_t fields = 0;
  for (const auto& field : message) {
    in.request.headers.add(std::string(field.name_string()), std::string(field.value()));
    ++fields;
  }
  in.keep_alive = message.keep_alive();
  const std::string* expect = in.request.headers.find("Expect");
  in.expects_continue = expect != nullptr && message.version() >= 11;
  if (fields > limits.fields)
    in.refuse(431, "too many header fields");
  else if (in.request.headers.count("Host") > 1 ||
           (message.version() >= 11 && !in.request.headers.find("Host")))
    in.refuse(400, "exactly one Host field is needed");
  else if (in.request.target.empty() || in.request.target.front() != '/')
    in.refuse(400, "the request target must be a path");
  else
    read_length(in, limits);
  return in;
}

class Conversation {
 public:
  Conversation(Stream& stream, const HttpLimits& limits) : stream_(stream), limits_(limits) {}

  Task<Incoming> next();
  Task<bool> answer(HttpResponse response, bool keep_alive, bool head_only);
  Task<void> end();
  [[nodiscard]] std::string take_unread() { return std::exchange(unread_, {}); }

 private:
  Task<bool> read_more();
  Task<bool> read_body(Incoming& in);
  void within(Millis time) { stream_.expires_at(LoopClock::now() + time); }

  Stream& stream_;
  const HttpLimits& limits_;
  std::string unread_;  // octets behind what has been understood
  Bytes scratch_;
  bool first_ = true;
};

// False when the peer has ended or the deadline has passed.
Task<bool> Conversation::read_more() {
  scratch_.resize(gulp);
  auto got = co_await stream_.read_some(scratch_);
  if (!got || *got == 0) co_return false;
  unread_.append(as_text(ByteView(scratch_).first(*got)));
  co_return true;
}

Task<Incoming> Conversation::next() {
  Incoming in;
  within(first_ ? limits_.head_time : limits_.idle);
  first_ = false;
  bool begun = false;
  std::size_t scanned = 0;
  for (;;) {
    while (unread_.starts_with("\r\n")) unread_.erase(0, 2);  // RFC 9112 §2.2: between requests
    if (!unread_.empty() && !begun) {
      begun = true;
      within(limits_.head_time);
    }
    const std::size_t end = unread_.find("\r\n\r\n");
    const std::size_t size = end == std::string::npos ? unread_.size() : end + 4;
    if (size > limits_.head) {
      in.refuse(431, "the head is larger than this server takes");
      co_return in;
    }
    if (end != std::string::npos) break;
    if (cannot_become_a_head(unread_, scanned)) {
      in.refuse(400, "bare line ends or control characters in the head");
      co_return in;
    }
    scanned = unread_.size();
    const bool more = co_await read_more();
    if (!more) {
      in.gone = true;
      co_return in;
    }
  }
  const std::size_t size = unread_.find("\r\n\r\n") + 4;
  in = parse_head(std::string_view(unread_).substr(0, size), limits_);
  unread_.erase(0, size);
  if (in.refusal != 0 || in.body_size == 0) co_return in;
  const bool whole = co_await read_body(in);
  if (!whole) in.gone = true;
  co_return in;
}

Task<bool> Conversation::read_body(Incoming& in) {
  within(limits_.body_time);
  if (in.expects_continue && unread_.size() < in.body_size) {
    const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    auto told = co_await stream_.write(as_bytes(go_on));
    if (!told) co_return false;
  }
  while (unread_.size() < in.body_size) {
    const bool more = co_await read_more();
    if (!more) co_return false;
  }
  in.request.body = unread_.substr(0, in.body_size);
  unread_.erase(0, in.body_size);
  co_return true;
}

Task<bool> Conversation::answer(HttpResponse response, bool keep_alive, bool head_only) {
  within(limits_.write_time);
  std::string out = response_head(response, !keep_alive);
  const bool with_body = !head_only && !response.takeover;
  // A short answer leaves in one TLS record; a long one is not copied.
  const bool together = with_body && out.size() + response.body.size() <= gulp;
  if (together) out += response.body;
  auto written = co_await stream_.write(as_bytes(out));
  if (!written) co_return false;
  if (!with_body || together) co_return true;
  auto rest = co_await stream_.write(as_bytes(response.body));
  co_return rest.has_value();
}

// Half-close, then read what the peer still sends for a moment: closing over unread octets would reset the
// connection and take the answer back.
Task<void> Conversation::end() {
  stream_.close();
  within(Millis(1'000));
  for (int i = 0; i < 64; ++i) {
    unread_.clear();
    const bool more = co_await read_more();
    if (!more) break;
  }
}

}  // namespace

HttpResponse HttpHandler::refuse(int status, std::string_view why) const {
  return {status, "text/plain; charset=utf-8", std::string(why) + "\n"};
}

Task<void> HttpServer::serve(Stream& stream, PeerInfo peer) {
  HttpPeer who(std::move(peer));
  co_await serve_peer(stream, std::move(who));
}

Task<void> HttpServer::serve_peer(Stream& stream, HttpPeer peer) {
  Conversation talk(stream, limits_);
  for (;;) {
    Incoming in = co_await talk.next();
    if (in.gone) break;
    if (in.refusal != 0) {
      HttpResponse refusal = handler_.refuse(in.refusal, in.why);
      co_await talk.answer(std::move(refusal), false, false);
      break;
    }
    const bool head_only = in.request.method == "HEAD";
    in.request.peer = peer;
    stream.expires_at(TimePoint::max());
    HttpResponse response = co_await handler_.handle(std::move(in.request));
    const bool takeover = static_cast<bool>(response.takeover);
    const auto continuation = response.takeover;
    const bool keep_alive = in.keep_alive && !response.close && !takeover;
    if (response.status != switching_protocols || !takeover) {
      const bool written = co_await talk.answer(std::move(response), keep_alive, head_only);
      if (!written) co_return;
    }
    if (takeover) {
      stream.expires_at(TimePoint::max());
      std::string unread = talk.take_unread();
      co_await continuation(stream, std::move(unread));
      co_return;
    }
    if (!keep_alive) break;
  }
  co_await talk.end();
}

}  // namespace leafgate::net
