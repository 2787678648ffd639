#include "gateway/net/http_server.hpp"

#include <algorithm>
#include <optional>

#include "gateway/net/http_request_reader.hpp"

namespace leafgate::net {
namespace {

constexpr std::size_t idle_gulp = 1024;  // held while the peer is silent; most requests fit
constexpr std::size_t request_gulp = 16 * 1024;
constexpr int switching_protocols = 101;  // the next protocol says it itself

class Conversation {
 public:
  Conversation(Stream& stream, const HttpLimits& limits)
      : stream_(stream), limits_(limits), reader_(limits), patience_(limits.head_time) {}

  // The next head or refusal; nothing when the peer is gone.
  Task<std::optional<IncomingRequest>> next();
  // False when the peer is gone.
  Task<bool> read_body(IncomingRequest& in);
  Task<bool> answer(HttpResponse response, bool keep_alive, bool head_only);
  Task<void> end();
  [[nodiscard]] std::string take_unread();

 private:
  Task<bool> read_more();
  void within(Millis time) { stream_.expires_at(LoopClock::now() + time); }

  Stream& stream_;
  const HttpLimits& limits_;
  HttpRequestReader reader_;
  Bytes scratch_;
  Millis patience_;  // with a peer that has not begun its next request
};

// False when the peer has ended or the deadline has passed.
Task<bool> Conversation::read_more() {
  if (reader_.begun()) scratch_.resize(request_gulp);
  auto got = co_await stream_.read_some(scratch_);
  if (!got || *got == 0) co_return false;
  reader_.add(as_text(ByteView(scratch_).first(*got)));
  co_return true;
}

Task<std::optional<IncomingRequest>> Conversation::next() {
  within(patience_);
  if (scratch_.size() != idle_gulp) scratch_ = Bytes(idle_gulp);
  bool begun = false;
  std::optional<IncomingRequest> in;
  for (;;) {
    in = reader_.head();
    if (in) break;
    if (!begun && reader_.begun()) {
      begun = true;
      within(limits_.head_time);
    }
    const bool more = co_await read_more();
    if (!more) co_return std::nullopt;
  }
  co_return in;
}

Task<bool> Conversation::read_body(IncomingRequest& in) {
  if (in.body_size == 0) co_return true;
  within(limits_.body_time);
  if (reader_.take_body(in)) co_return true;
  if (in.expects_continue) {
    const std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    auto told = co_await stream_.write(as_bytes(go_on));
    if (!told) co_return false;
  }
  while (!reader_.take_body(in)) {
    const bool more = co_await read_more();
    if (!more) co_return false;
  }
  co_return true;
}

Task<bool> Conversation::answer(HttpResponse response, bool keep_alive, bool head_only) {
  const bool with_body = !head_only && !response.takeover;
  patience_ = std::max(limits_.idle, response.idle);
  // A large body gets the time of a slow line for it: 16 kB/s.
  within(limits_.write_time + Millis(with_body ? response.body.size() / 16 : 0));
  std::string out = response_head(response, !keep_alive);
  // A short answer leaves in one TLS record; a long one is not copied.
  const bool together = with_body && out.size() + response.body.size() <= request_gulp;
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
  scratch_.resize(request_gulp);
  for (int i = 0; i < 64; ++i) {
    (void)reader_.take_unread();
    const bool more = co_await read_more();
    if (!more) break;
  }
}

// For whoever takes the connection over, perhaps for days: nothing is kept here.
std::string Conversation::take_unread() {
  scratch_ = Bytes();
  return reader_.take_unread();
}

BodyVerdict verdict_on(HttpHandler& handler, const IncomingRequest& in) {
  BodyVerdict out;
  if (in.refusal != 0)
    out.refusal = handler.refuse_request(in.request, in.refusal, in.why);
  else if (in.body_size > 0)
    out = handler.judge_body(in.request, in.body_size);
  return out;
}

}  // namespace

BodyVerdict HttpHandler::judge_body(const HttpRequest&, std::size_t) { return {}; }

HttpResponse HttpHandler::refuse(int status, std::string_view why) const {
  return {status, "text/plain; charset=utf-8", std::string(why) + "\n"};
}

HttpResponse HttpHandler::refuse_request(const HttpRequest&, int status, std::string_view why) const {
  return refuse(status, why);
}

Task<void> HttpServer::serve(Stream& stream, PeerInfo peer) {
  HttpPeer who(std::move(peer));
  co_await serve_peer(stream, std::move(who));
}

Task<void> HttpServer::serve_peer(Stream& stream, HttpPeer peer) {
  Conversation talk(stream, limits_);
  for (;;) {
    std::optional<IncomingRequest> came = co_await talk.next();
    if (!came) break;
    IncomingRequest& in = *came;
    in.request.peer = peer;
    BodyVerdict verdict = verdict_on(handler_, in);
    if (verdict.refusal) {
      HttpResponse refusal = std::move(*verdict.refusal);
      co_await talk.answer(std::move(refusal), false, false);
      break;
    }
    const bool whole = co_await talk.read_body(in);
    if (!whole) break;
    const bool head_only = in.request.method == "HEAD";
    stream.expires_at(TimePoint::max());
    HttpResponse response = co_await handler_.handle(std::move(in.request));
    const bool takeover = static_cast<bool>(response.takeover);
    const auto continuation = head_only ? decltype(response.takeover)() : response.takeover;
    const bool keep_alive = in.keep_alive && !response.close && !takeover;
    if (response.status != switching_protocols || !takeover) {
      const bool written = co_await talk.answer(std::move(response), keep_alive, head_only);
      if (!written) co_return;
    }
    if (continuation) {
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
