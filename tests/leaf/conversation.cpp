#include "tests/leaf/conversation.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace leafgate::leaf {
namespace {

using Verdict = Outcome::Verdict;

constexpr const char* filter = "$dps/registrations/res/#";
constexpr int unsuback_wait_ms = 5000;
// C# closes a connection on which nothing was read for 60 s (device sheet §1.5).
constexpr long csharp_longest_pause = 55;

}  // namespace

Conversation::Conversation(const LeafSettings& settings, std::int64_t now,
                           std::function<std::uint64_t()> random)
    : settings_(settings), family_(*settings.family), random_(std::move(random)) {
  TokenShape shape = family_.token;
  if (settings.sr) shape.sr = *settings.sr;
  if (!settings.device_key.empty())
    token_ = make_token(shape, settings.id_scope, settings.registration_id, settings.device_key, now);
}

Step Conversation::connected() {
  ConnectFields fields;
  fields.client_id = settings_.registration_id;
  fields.username = settings_.id_scope + "/registrations/" + settings_.registration_id +
                    "/api-version=" + family_.api_version;
  if (family_.client_version != nullptr)
    fields.username += std::string("&ClientVersion=") + family_.client_version;
  fields.password = token_;
  fields.clean_session = family_.clean_session;
  fields.keep_alive = family_.keep_alive;
  Step step;
  step.send = encode_connect(fields);
  return step;
}

Step Conversation::received(const Packet& packet, std::int64_t now_ms) {
  if (packet.type == PacketType::pingresp) return {};
  switch (phase_) {
    case Phase::connack:
      return on_connack(packet);
    case Phase::suback:
      return on_suback(packet);
    case Phase::answer:
    case Phase::pause:
      break;
    case Phase::unsuback: {
      if (packet.type != PacketType::unsuback) return broken("not an UNSUBACK for UNSUBSCRIBE");
      phase_ = Phase::over;
      Step step;
      step.send = encode_disconnect();
      step.close = true;
      return step;
    }
    case Phase::over:
      return {};
  }
  if (packet.type == PacketType::puback) return on_puback(packet);
  if (packet.type == PacketType::publish) return on_publish(packet, now_ms);
  return broken("an unexpected packet type");
}

Step Conversation::on_connack(const Packet& packet) {
  if (packet.type != PacketType::connack) return broken("something before CONNACK");
  if (packet.return_code != 0) {
    Outcome refused;
    refused.verdict = Verdict::refused;
    refused.status = "refused";
    refused.connack = packet.return_code;
    refused.message = "CONNACK " + std::to_string(packet.return_code);
    return end(refused);
  }
  if (packet.session_present) return broken("CONNACK says that a session is present");
  phase_ = Phase::suback;
  Step step;
  step.send = encode_subscribe(next_packet_id(), filter, 1);
  return step;
}

Step Conversation::on_suback(const Packet& packet) {
  if (packet.type != PacketType::suback) return broken("something between SUBSCRIBE and SUBACK");
  if (packet.packet_id != packet_id_) return broken("SUBACK with another packet id");
  if (packet.return_code != 1) return broken("SUBACK does not grant QoS 1");
  return request();
}

Step Conversation::on_puback(const Packet& packet) {
  if (awaited_puback_ == 0 || packet.packet_id != awaited_puback_) return broken("PUBACK nobody waits for");
  awaited_puback_ = 0;
  return {};
}

Step Conversation::pause(const ResponseTopic& topic) {
  if (family_.name == FamilyName::csharp && topic.retry_after.value_or(0) >= csharp_longest_pause) {
    return broken("retry-after outlives C#'s read timer");
  }
  const double jitter = static_cast<double>(random_() % 1000) / 1000.0;
  last_delay_ms_ = poll_delay_ms(family_, registering_, topic.retry_after, last_delay_ms_, jitter);
  phase_ = Phase::pause;
  Step step;
  step.timer_ms = std::max(1, last_delay_ms_);
  return step;
}

Step Conversation::timer(std::int64_t) {
  if (phase_ == Phase::pause) return request();
  if (phase_ == Phase::unsuback) return broken("no UNSUBACK");
  Outcome silent;
  silent.status = "no-answer";
  silent.operation_id = operation_id_;
  silent.message = registering_ ? "no answer to register" : "no answer to a poll";
  return end(silent);
}

Step Conversation::request() {
  phase_ = Phase::answer;
  const std::uint16_t packet_id = next_packet_id();
  // C# names a request by its packet id.
  rid_ = family_.name == FamilyName::csharp ? std::to_string(packet_id) : fresh_rid();
  std::string topic;
  std::string payload = register_body(family_, settings_.registration_id, settings_.payload);
  if (registering_) {
    topic = "$dps/registrations/PUT/iotdps-register/?$rid=" + rid_;
  } else {
    topic =
        "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=" + rid_ + "&operationId=" + operation_id_;
    if (family_.poll_body != PollBody::as_register) payload = family_.poll_body == PollBody::space ? " " : "";
  }
  const int qos = settings_.qos.value_or(family_.qos);
  awaited_puback_ = qos > 0 ? packet_id : std::uint16_t{0};
  Step step;
  step.send = encode_publish(topic, payload, qos, packet_id);
  step.timer_ms = 1000 * (registering_ ? family_.put_wait : family_.poll_wait);
  return step;
}

Step Conversation::end(Outcome outcome) {
  Step step;
  step.timer_ms = 0;
  // Node unsubscribes and waits before it disconnects (device sheet §7.1).
  const bool unsubscribes = family_.name == FamilyName::node && outcome.connack == 0 &&
                            outcome.verdict != Verdict::no_answer && outcome.verdict != Verdict::broken;
  step.outcome = std::move(outcome);
  if (unsubscribes) {
    phase_ = Phase::unsuback;
    step.send = encode_unsubscribe(next_packet_id(), filter);
    step.timer_ms = unsuback_wait_ms;
    return step;
  }
  phase_ = Phase::over;
  step.send = encode_disconnect();
  step.close = true;
  return step;
}

Step Conversation::broken(const std::string& why) {
  Outcome outcome;
  outcome.verdict = Verdict::broken;
  outcome.status = "broken";
  outcome.operation_id = operation_id_;
  outcome.message = why;
  return end(outcome);
}

std::string Conversation::fresh_rid() {
  if (family_.rid == RidStyle::constant_one) return "1";
  if (family_.rid == RidStyle::counter) return std::to_string(++rids_);
  const std::uint64_t a = random_();
  const std::uint64_t b = random_();
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-a%03x-%012llx", static_cast<unsigned>(a >> 32),
                static_cast<unsigned>((a >> 16) & 0xffff), static_cast<unsigned>(a & 0xfff),
                static_cast<unsigned>(b >> 52), static_cast<unsigned long long>(b & 0xffffffffffff));
  return text.data();
}

}  // namespace leafgate::leaf
