#include "adapters/selftest/listener_visitor.hpp"

#include "adapters/selftest/mqtt_words.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/pinned_context.hpp"
#include "gateway/crypto/random.hpp"
#include "gateway/model/percent.hpp"
#include "gateway/net/http_client.hpp"

namespace leafgate::selftest {
namespace {

constexpr std::size_t gulp = 4096;
constexpr std::size_t largest_head = 8 * 1024;
constexpr std::string_view api_version = "2021-06-01";

Millis since(TimePoint then) { return std::chrono::duration_cast<Millis>(LoopClock::now() - then); }

std::string body_of(const SyntheticLeaf& leaf) {
  return wire::json::ObjectWriter().text("registrationId", leaf.registration_id).str();
}

// Whether this is the daemon's word about just this leaf, and in short what it said.
Result<std::string> answer_in(std::string_view text, const SyntheticLeaf& leaf) {
  const Error foreign(Errc::malformed, "the answer is none of this gateway's");
  const auto document = wire::json::checked(text);
  if (!document) return foreign;
  const auto members = wire::json::members(*document);
  if (!members) return foreign;
  const auto state = wire::json::find(*members, "registrationState");
  const auto status = wire::json::find(*members, "status");
  if (!state || !status) return foreign;
  const auto inner = wire::json::members(*state);
  if (!inner) return foreign;
  const auto hub = wire::json::find(*inner, "assignedHub");
  const auto device = wire::json::find(*inner, "deviceId");
  if (!hub || !device) return foreign;
  const auto told = wire::json::text_of(*device);
  if (!told || *told != leaf.registration_id) return foreign;
  return wire::json::text_of(*status);
}

// MQTT on a stream, bare or in the frames of a WebSocket.
class Talk {
 public:
  Talk(net::Stream& stream, bool framed, std::string unread)
      : stream_(stream), framed_(framed), raw_(std::move(unread)) {}

  Task<Result<void>> say(std::string packet) {
    if (framed_) packet = web_socket_frame(packet);
    co_return co_await stream_.write(as_bytes(packet));
  }

  Task<Result<Heard>> hear() {
    Bytes room(gulp);
    while (true) {
      if (framed_) {
        auto inner = take_frames(raw_);
        if (!inner) co_return inner.error();
        plain_ += *inner;
      } else {
        plain_ += raw_;
        raw_.clear();
      }
      auto packet = take_packet(plain_);
      if (!packet) co_return packet.error();
      if (*packet) co_return std::move(**packet);
      auto got = co_await stream_.read_some(room);
      if (!got) co_return got.error();
      if (*got == 0) co_return Error(Errc::unreachable, "closed without an answer");
      raw_.append(as_text(ByteView(room).first(*got)));
    }
  }

 private:
  net::Stream& stream_;
  bool framed_;
  std::string raw_;
  std::string plain_;
};

Task<Result<std::string>> register_by_mqtt(Talk& talk, const SyntheticLeaf& leaf) {
  const std::string username = leaf.scope + "/registrations/" + leaf.registration_id +
                               "/api-version=" + std::string(api_version) +
                               "&ClientVersion=leafgatectl-check";
  std::string opening = connect_packet(leaf.registration_id, username, leaf.token);
  auto said = co_await talk.say(std::move(opening));
  if (!said) co_return said.error();
  auto heard = co_await talk.hear();
  if (!heard) co_return heard.error();
  if (heard->kind != 2 || heard->body.size() != 2) co_return Error(Errc::malformed, "no CONNACK came");
  if (heard->body[1] != 0)
    co_return Error(Errc::refused, "CONNACK " + std::to_string(static_cast<int>(heard->body[1])));
  std::string asking = subscribe_packet("$dps/registrations/res/#");
  asking += publish_packet("$dps/registrations/PUT/iotdps-register/?$rid=1", body_of(leaf));
  said = co_await talk.say(std::move(asking));
  if (!said) co_return said.error();
  while (true) {
    heard = co_await talk.hear();
    if (!heard) co_return heard.error();
    if (heard->kind != 3) continue;
    if (!heard->topic.starts_with("$dps/registrations/res/200/"))
      co_return Error(Errc::refused, "it answered " + heard->topic);
    std::string goodbye = disconnect_packet();
    auto ended = co_await talk.say(std::move(goodbye));
    (void)ended;
    co_return answer_in(heard->payload, leaf);
  }
}

// The opening of a WebSocket; gives what came behind the answer.
Task<Result<std::string>> open_web_socket(net::Stream& stream, const VisitedListener& where) {
  Bytes key(16);
  crypto::SystemRandom().fill(key);
  const std::string asked = "GET /$iothub/websocket HTTP/1.1\r\nHost: " + where.server_name +
                            "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Key: " +
                            crypto::base64::encode(key) + "\r\n\r\n";
  auto written = co_await stream.write(as_bytes(asked));
  if (!written) co_return written.error();
  std::string head;
  Bytes room(gulp);
  while (head.find("\r\n\r\n") == std::string::npos) {
    if (head.size() > largest_head) co_return Error(Errc::malformed, "no answer to the opening handshake");
    auto got = co_await stream.read_some(room);
    if (!got) co_return got.error();
    if (*got == 0) co_return Error(Errc::unreachable, "closed in the opening handshake");
    head.append(as_text(ByteView(room).first(*got)));
  }
  if (!head.starts_with("HTTP/1.1 101"))
    co_return Error(Errc::refused, "no WebSocket: " + head.substr(0, head.find('\r')));
  co_return head.substr(head.find("\r\n\r\n") + 4);
}

Result<std::string> answer_of_http(const net::HttpResponse& response, const SyntheticLeaf& leaf) {
  if (response.status != 200) return Error(Errc::refused, "it answered " + std::to_string(response.status));
  return answer_in(response.body, leaf);
}

Task<Result<std::string>> register_by_https(std::unique_ptr<net::Stream> stream, const VisitedListener& where,
                                            const SyntheticLeaf& leaf, TimePoint deadline) {
  const net::HttpConnect give = [&stream](TimePoint) -> Task<Result<std::unique_ptr<net::Stream>>> {
    if (!stream) co_return Error(Errc::unreachable, "closed without an answer");
    co_return std::move(stream);
  };
  net::HttpClient client(where.server_name, give);
  net::HttpRequest request("PUT", "/" + leaf.scope + "/registrations/" +
                                      percent_encode(leaf.registration_id) +
                                      "/register?api-version=" + std::string(api_version));
  request.headers.add("Content-Type", "application/json");
  request.headers.add("User-Agent", "leafgatectl-check");
  request.headers.add("Authorization", leaf.token);
  request.body = body_of(leaf);
  auto response = co_await client.send(std::move(request), deadline);
  if (!response) co_return response.error();
  co_return answer_of_http(*response, leaf);
}

Task<Result<std::string>> register_by(std::unique_ptr<net::Stream> stream, const VisitedListener& where,
                                      const SyntheticLeaf& leaf, TimePoint deadline) {
  if (where.wire == VisitedListener::Wire::https)
    co_return co_await register_by_https(std::move(stream), where, leaf, deadline);
  std::string unread;
  const bool framed = where.wire == VisitedListener::Wire::mqtt_ws;
  if (framed) {
    auto opened = co_await open_web_socket(*stream, where);
    if (!opened) co_return opened.error();
    unread = std::move(*opened);
  }
  Talk talk(*stream, framed, std::move(unread));
  auto answered = co_await register_by_mqtt(talk, leaf);
  stream->close();
  co_return answered;
}

}  // namespace

void Listeners::stop() {
  stopped_ = true;
  if (connector_) connector_->stop();
}

Task<Result<ListenerVisit>> Listeners::visit(VisitedListener where, SyntheticLeaf leaf) {
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  // By what is shown, not by what stands in its file: that may be another by now, refused or not taken yet.
  auto context = crypto::pinned_client(where.pem, where.dates_count);
  if (!context) co_return context.error();
  const TimePoint deadline = LoopClock::now() + time_limit_;
  connector_ = std::make_unique<net::Connector>(loop_, std::move(*context));
  net::Target target;
  target.host = where.host;
  target.port = where.port;
  target.server_name = where.server_name;
  const TimePoint begun = LoopClock::now();
  auto stream = co_await connector_->connect(std::move(target), deadline);
  if (!stream) co_return stream.error();
  ListenerVisit out;
  out.handshake = since(begun);
  const TimePoint shaken = LoopClock::now();
  auto answered = co_await register_by(std::move(*stream), where, leaf, deadline);
  if (!answered) co_return answered.error();
  out.answer = since(shaken);
  out.answered = std::move(*answered);
  co_return out;
}

}  // namespace leafgate::selftest
