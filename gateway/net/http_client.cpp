#include "gateway/net/http_client.hpp"

#include <algorithm>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "gateway/crypto/base64.hpp"

namespace leafgate::net {
namespace {

namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;

constexpr std::size_t gulp = 16 * 1024;
constexpr std::size_t longest_reason = 100;

// One request and its answer on one connection.
struct Exchange {
  bool answer_begun = false;  // an octet of it was read
  bool reusable = false;
  std::optional<Error> error;
  HttpResponse response;
};

Error read_error(const boost::system::error_code& error) {
  if (error == http::error::body_limit) return {Errc::too_large, "the answer's body is larger than allowed"};
  if (error == http::error::header_limit)
    return {Errc::too_large, "the answer's head is larger than allowed"};
  return {Errc::malformed, "the answer is not HTTP: " + error.message()};
}

// The sans-I/O half: octets in, one final answer out. Interim answers (1xx) are skipped.
class AnswerReader {
 public:
  AnswerReader(const HttpClientLimits& limits, bool head_only) : limits_(limits), head_only_(head_only) {
    renew();
  }

  // Error, or whether the answer is whole.
  Result<bool> take(std::string_view octets) {
    unread_.append(octets);
    for (;;) {
      const bool nothing_left = unread_.empty();
      if (nothing_left || parser_->is_done()) return done();
      boost::system::error_code error;
      const std::size_t used = parser_->put(boost::asio::buffer(unread_), error);
      unread_.erase(0, used);
      if (parser_->is_done() && interim()) {
        renew();
        continue;
      }
      // Neither head nor body, and yet without end: the extension of a chunk, or trailers.
      if (error == http::error::need_more && unread_.size() > limits_.head)
        return read_error(http::error::header_limit);
      if (error == http::error::need_more) return done();
      if (error) return read_error(error);
      if (used == 0) return done();
    }
  }

  // The peer has ended: an answer without length is whole now.
  Result<bool> end() {
    boost::system::error_code error;
    if (parser_->got_some() && !parser_->is_done()) parser_->put_eof(error);
    if (error || !parser_->is_done()) return Error(Errc::unreachable, "the peer closed in mid-answer");
    return true;
  }

  // "407 Proxy Authentication Required", made fit to be read: a proxy writes what it likes.
  [[nodiscard]] std::string status_line() const {
    std::string reason(parser_->get().reason().substr(0, longest_reason));
    std::replace_if(
        reason.begin(), reason.end(), [](char c) { return c < 0x20 || c == 0x7f; }, '?');
    return std::to_string(parser_->get().result_int()) + (reason.empty() ? "" : " " + reason);
  }
  [[nodiscard]] bool accepts() const { return parser_->get().result_int() / 100 == 2; }
  std::string take_unread() { return std::move(unread_); }

  [[nodiscard]] bool reusable() const { return parser_->keep_alive() && unread_.empty(); }

  HttpResponse release() {
    auto message = parser_->release();
    HttpResponse out(static_cast<int>(message.result_int()));
    for (const auto& field : message)
      out.headers.add(std::string(field.name_string()), std::string(field.value()));
    out.body = std::move(message.body());
    return out;
  }

 private:
  [[nodiscard]] bool done() const { return parser_->is_done(); }
  [[nodiscard]] bool interim() const {
    const unsigned status = parser_->get().result_int();
    return status < 200 && status != 101;
  }
  void renew() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(limits_.head));
    parser_->body_limit(limits_.body);
    if (head_only_) parser_->skip(true);
  }

  const HttpClientLimits& limits_;
  bool head_only_;
  std::optional<Parser> parser_;
  std::string unread_;
};

Task<Exchange> exchange(Stream& stream, const HttpRequest& request, const std::string& host,
                        const HttpClientLimits& limits) {
  Exchange out;
  std::string octets = request_head(request, host);
  const bool together = octets.size() + request.body.size() <= gulp;
  if (together) octets += request.body;
  auto sent = co_await stream.write(as_bytes(octets));
  if (sent && !together) sent = co_await stream.write(as_bytes(request.body));
  // A server may answer and close before it has read everything: its answer counts more than our write error.
  if (!sent && sent.error().code != Errc::unreachable) {
    out.error.emplace(sent.error());
    co_return out;
  }

  AnswerReader reader(limits, request.method == "HEAD");
  Bytes scratch(gulp);
  for (;;) {
    auto got = co_await stream.read_some(scratch);
    if (!got) {
      out.error.emplace(got.error());
      co_return out;
    }
    if (*got > 0) out.answer_begun = true;
    auto whole = *got == 0 ? reader.end() : reader.take(as_text(ByteView(scratch).first(*got)));
    if (!whole) {
      out.error.emplace(whole.error());
      co_return out;
    }
    if (*whole) {
      out.reusable = *got > 0 && reader.reusable() && sent.has_value();
      break;
    }
  }
  out.response = reader.release();
  co_return out;
}

}  // namespace

HttpClient::HttpClient(std::string host, HttpConnect connect, HttpClientLimits limits)
    : host_(std::move(host)), connect_(std::move(connect)), limits_(limits) {}

std::unique_ptr<Stream> HttpClient::take_idle() {
  const TimePoint now = LoopClock::now();
  std::erase_if(idle_, [&](const Idle& idle) { return now - idle.since > limits_.idle; });
  if (idle_.empty()) return nullptr;
  auto stream = std::move(idle_.back().stream);  // the youngest: likeliest to be alive
  idle_.pop_back();
  return stream;
}

void HttpClient::keep(std::unique_ptr<Stream> stream) {
  if (idle_.size() >= limits_.idle_connections) return;
  stream->expires_at(TimePoint::max());
  idle_.push_back(Idle{std::move(stream), LoopClock::now()});
}

Task<Result<void>> HttpClient::reach(TimePoint deadline) {
  auto fresh = co_await connect_(deadline);
  if (!fresh) co_return fresh.error();
  keep(std::move(*fresh));
  co_return Result<void>();
}

Task<Result<HttpResponse>> HttpClient::send(HttpRequest request, TimePoint deadline) {
  std::unique_ptr<Stream> stream = take_idle();
  if (stream) {
    stream->expires_at(deadline);
    Exchange result = co_await exchange(*stream, request, host_, limits_);
    if (!result.error) {
      if (result.reusable) keep(std::move(stream));
      co_return std::move(result.response);
    }
    if (!result.answer_begun) close_idle();  // the others are as old
    if (result.answer_begun || result.error->code != Errc::unreachable) co_return *result.error;
  }
  auto fresh = co_await connect_(deadline);
  if (!fresh) co_return fresh.error();
  stream = std::move(*fresh);
  stream->expires_at(deadline);
  Exchange result = co_await exchange(*stream, request, host_, limits_);
  if (result.error) co_return *result.error;
  if (result.reusable) keep(std::move(stream));
  co_return std::move(result.response);
}

Task<Result<std::string>> open_by_proxy(Stream& stream, std::string authority, std::string credentials) {
  HttpRequest request("CONNECT", authority);
  if (!credentials.empty())
    request.headers.add("Proxy-Authorization", "Basic " + crypto::base64::encode(as_bytes(credentials)));
  const std::string octets = request_head(request, authority);
  auto sent = co_await stream.write(as_bytes(octets));
  if (!sent) co_return sent.error();

  const HttpClientLimits limits;
  AnswerReader reader(limits, true);
  Bytes scratch(gulp);
  bool whole = false;
  while (!whole) {
    auto got = co_await stream.read_some(scratch);
    if (!got) co_return got.error();
    if (*got == 0) co_return Error(Errc::proxy_failed, "closed without an answer to CONNECT");
    auto taken = reader.take(as_text(ByteView(scratch).first(*got)));
    if (!taken) co_return Error(Errc::proxy_failed, taken.error().detail);
    whole = *taken;
  }
  if (!reader.accepts()) co_return Error(Errc::proxy_failed, reader.status_line());
  co_return reader.take_unread();
}

}  // namespace leafgate::net
