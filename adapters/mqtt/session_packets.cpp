// What each packet of a leaf does to its session.

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/mqtt/session.hpp"
#include "adapters/mqtt/topic.hpp"
#include "adapters/mqtt/username.hpp"
#include "adapters/wire/dps_json.hpp"
#include "gateway/ports/awaits_service.hpp"

namespace leafgate::mqtt {
namespace {

std::string_view claimed_by(std::string_view client_id) {
  return RegistrationId::parse(client_id) ? client_id : std::string_view{};
}

}  // namespace

std::optional<Next> Session::on(const Connect& packet) {
  if (state_ != State::awaiting_connect) return breach(Reason::mqtt_malformed, "CONNECT a second time");
  constexpr std::uint8_t version_5 = 5;
  if (packet.level == version_5) {
    append_connack_to_version_5(output_);
    return breach(Reason::mqtt_unsupported, "asked for MQTT 5; DPS speaks 3.1.1");
  }
  if (packet.level != level_3_1_1)
    return reject_connect(ConnectCode::unacceptable_protocol, Reason::mqtt_unsupported,
                          "protocol level is not that of MQTT 3.1.1", {});
  const auto claimed = claimed_by(packet.client_id);
  if (packet.has_will) {
    note(Reason::mqtt_unsupported, "CONNECT has a will", claimed);
    state_ = State::closed;
    return Next::close;
  }
  if (packet.client_id.empty())
    return reject_connect(ConnectCode::identifier_rejected, Reason::identity_malformed, "client id is empty",
                          {});
  auto username = parse_username(packet.username.value_or(""));
  if (!username)
    return reject_connect(ConnectCode::bad_credentials, Reason::identity_malformed, username.error().detail,
                          claimed);
  if (!equal_ignoring_case(packet.client_id, username->id.text()))
    return reject_connect(ConnectCode::not_authorized, Reason::identity_malformed,
                          "client id " + std::string(packet.client_id.substr(0, 64)) +
                              " is not the registrationId of the user name",
                          username->id.text());
  const auto family = client_family(username->api_version, username->client_version);
  leaf_.emplace(Leaf{std::move(username->scope), std::move(username->id), std::move(username->client_version),
                     std::string(packet.password.value_or("")), family, packet.keep_alive});
  if (leaf_->token.empty() && chain_) {
    state_ = State::knocking;
    return Next::ask;
  }
  let_in();
  return std::nullopt;
}

void Session::let_in() {
  append_connack(output_, ConnectCode::accepted);
  state_ = State::open;
}

// What was to be written goes with it: a PUBACK would promise an answer.
void Session::send_elsewhere() {
  output_.clear();
  request_.reset();
  state_ = State::closed;
}

std::optional<Next> Session::on(const Publish& packet) { return take_request(packet, false); }

std::optional<Next> Session::on(const PubAck&) { return std::nullopt; }

std::optional<Next> Session::on(const Subscribe& packet) {
  std::array<std::uint8_t, most_filters> codes{};
  for (std::size_t i = 0; i < packet.filters.size(); ++i) {
    const Filter& filter = packet.filters[i];
    codes[i] = subscription_refused;
    if (filter.text == response_filter) {
      codes[i] = granted_qos_ = std::min<std::uint8_t>(filter.qos, 1);
      subscribed_ = true;
      step_ = "subscribe";
    } else {
      note(Reason::mqtt_unsupported, "subscribed to " + std::string(filter.text), claimed_id());
      ++refused_;
    }
  }
  append_suback(output_, packet.packet_id, std::span(codes).first(packet.filters.size()));
  if (refused_ >= limits_.refused_requests) {
    state_ = State::closed;
    return Next::close;
  }
  return std::nullopt;
}

std::optional<Next> Session::on(const Unsubscribe& packet) {
  for (const Filter& filter : packet.filters) subscribed_ = subscribed_ && filter.text != response_filter;
  append_unsuback(output_, packet.packet_id);
  return std::nullopt;
}

std::optional<Next> Session::on(const PingReq&) {
  append_pingresp(output_);
  return std::nullopt;
}

std::optional<Next> Session::on(const Disconnect&) {
  lost(std::nullopt);
  state_ = State::closed;
  return Next::close;
}

std::optional<Next> Session::take_request(const Publish& packet, bool oversize) {
  step_ = "publish";
  if (packet.qos > 1) return breach(Reason::mqtt_unsupported, "publish with QoS 2");
  const auto separators = std::count(packet.topic.begin(), packet.topic.end(), '/');
  if (static_cast<std::size_t>(separators) >= limits_.topic_levels)
    return breach(Reason::mqtt_malformed, "topic has more levels than allowed");
  const auto topic = parse_request_topic(packet.topic);
  if (!topic) return breach(Reason::mqtt_unsupported, topic.error().detail);
  if (packet.qos == 1) append_puback(output_, packet.packet_id);

  request_ = std::make_unique<Request>();
  request_->rid = topic->rid;
  request_->pauses = packet.qos == 0 && needs_a_pause(leaf_->family);
  if (topic->operation == Operation::poll) {
    // What a poll carries is ignored: nothing, a blank, or the whole register document (device protocol
    // §1.4).
    auto operation = OperationId::parse(topic->operation_id);
    if (!operation) return refuse(Reason::request_malformed, operation.error().detail);
    request_->operation = std::move(*operation);
    return Next::ask;
  }
  if (oversize) return refuse(Reason::request_too_large, "request is too large");
  auto content = wire::read_register_body(packet.payload, leaf_->id);
  if (!content)
    return refuse(
        content.error().code == Errc::too_large ? Reason::request_too_large : Reason::request_malformed,
        content.error().detail);
  request_->content = std::move(*content);
  return Next::ask;
}

Attempt Session::attempt() {
  Attempt attempt(leaf_->scope, leaf_->id);
  if (!leaf_->token.empty())
    attempt.evidence = SasEvidence{leaf_->token};
  else if (chain_ && !(request_ && !request_->content.tpm.empty()))
    attempt.evidence = CertificateEvidence{chain_};
  attempt.knock = is_knock();
  if (request_) {
    attempt.request = std::move(request_->content);
    attempt.operation = request_->operation;
  }
  attempt.direct = takes_direct_answer(leaf_->family);
  attempt.family = leaf_->family;
  attempt.client = leaf_->client;
  attempt.source = source_;
  return attempt;
}

Next Session::refuse(Reason reason, std::string why) {
  note(reason, why, claimed_id());
  request_->refused = reason;
  request_->why = std::move(why);
  return Next::refuse;
}

Answer Session::refusal() const {
  // Only the class of an errorCode is documented (device protocol §2.5).
  constexpr int bad_request = 400;
  constexpr int bad_format = 400000;
  Answer answer;
  answer.status = bad_request;
  answer.error_code = bad_format;
  answer.message = request_->why;
  answer.reason = request_->refused;
  return answer;
}

void Session::answer(const Answer& answer, std::string_view body) {
  if (answer.elsewhere) return send_elsewhere();
  if (is_knock()) return let_in();
  if (subscribed_) {
    last_packet_id_ = static_cast<std::uint16_t>(last_packet_id_ % 65535 + 1);
    // Who is silent meanwhile (C, C#) must come back before the connection is taken for dead.
    const auto while_open = std::max(Seconds(1), std::chrono::floor<Seconds>(limits_.idle * 5 / 6));
    const Seconds retry_after = std::min(retry_after_for(leaf_->family, answer.retry_after), while_open);
    append_publish(output_, response_topic(answer.status, request_->rid, retry_after), granted_qos_,
                   last_packet_id_, body);
  } else {
    note(Reason::mqtt_unsupported, "a request before a subscription: its answer has no way back",
         claimed_id());
  }
  constexpr int assigning = 202;
  constexpr int busy = 429;  // and what is above
  proven_ = proven_ || answer.proven;
  awaits_service_ = is_poll() && leafgate::awaits_service(answer);
  if (request_->refused == Reason::none) pending_ = answer.status == assigning || answer.status >= busy;
  answered_ = undelivered_ = true;
  // Its token was judged and will not get better on this connection; a busy gateway (429, 5xx) is not its
  // fault.
  const bool challenged = !answer.authentication_key.empty() && !std::exchange(challenged_, true);
  if (challenged) pending_ = true;
  const bool in_vain = answer.status >= 400 && answer.status < busy && !challenged;
  if (answer.last || (in_vain && ++refused_ >= limits_.refused_requests)) state_ = State::closed;
  request_.reset();
}

Next Session::reject_connect(ConnectCode code, Reason reason, std::string_view detail,
                             std::string_view claimed) {
  append_connack(output_, code);
  note(reason, detail, claimed);
  state_ = State::closed;
  return Next::close;
}

}  // namespace leafgate::mqtt
