#include "gateway/net/http_client.hpp"

#include <optional>

#include "gateway/crypto/base64.hpp"
#include "gateway/net/http_answer_reader.hpp"

namespace leafgate::net {
namespace {

constexpr std::size_t answer_gulp = 16 * 1024;

// One request and its answer on one connection.
struct Exchange {
  bool answer_begun = false;  // an octet of it was read
  bool reusable = false;
  std::optional<Error> error;
  HttpResponse response;
};

Task<Exchange> exchange(Stream& stream, const HttpRequest& request, const std::string& host,
                        const HttpClientLimits& limits) {
  Exchange out;
  std::string octets = request_head(request, host);
  const bool together = octets.size() + request.body.size() <= answer_gulp;
  if (together) octets += request.body;
  auto sent = co_await stream.write(as_bytes(octets));
  if (sent && !together) sent = co_await stream.write(as_bytes(request.body));
  // A server may answer and close before it has read everything: its answer counts more than our write error.
  if (!sent && sent.error().code != Errc::unreachable) {
    out.error.emplace(sent.error());
    co_return out;
  }

  HttpAnswerReader reader(limits, request.method == "HEAD");
  Bytes scratch(answer_gulp);
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
  drop_expired();
  if (idle_.empty()) return nullptr;
  auto stream = std::move(idle_.back().stream);  // the youngest: likeliest to be alive
  idle_.pop_back();
  return stream;
}

void HttpClient::drop_expired() {
  const TimePoint now = LoopClock::now();
  std::erase_if(idle_, [&](const Idle& idle) { return now - idle.since > limits_.idle; });
}

void HttpClient::keep(std::unique_ptr<Stream> stream) {
  drop_expired();
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
  HttpAnswerReader reader(limits, true);
  Bytes scratch(answer_gulp);
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
