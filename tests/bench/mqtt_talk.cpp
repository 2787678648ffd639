#include "tests/bench/mqtt_talk.hpp"

#include <nlohmann/json.hpp>

namespace leafgate::bench {
using leaf::PacketType;

Talk::Next MqttTalk::step() {
  while (const auto packet = reader_.next()) {
    const Next next = take(*packet);
    if (next != Next::wait) return next;
  }
  return reader_.defect().empty() ? Next::wait : fail("not MQTT: " + reader_.defect());
}

Talk::Next MqttTalk::take(const leaf::Packet& packet) {
  switch (phase_) {
    case Phase::connack:
      if (packet.type != PacketType::connack || packet.return_code != 0) {
        return fail("CONNACK " + std::to_string(packet.return_code));
      }
      phase_ = Phase::suback;
      say(script_.subscribe);
      return Next::wait;
    case Phase::suback:
      if (packet.type != PacketType::suback || packet.return_code != 1) return fail("no SUBACK with QoS 1");
      phase_ = Phase::answer;
      say(script_.request);
      return Next::wait;
    case Phase::answer:
    case Phase::pause:
    case Phase::settled:
      if (packet.type == PacketType::puback || packet.type == PacketType::pingresp) return Next::wait;
      if (packet.type == PacketType::publish && phase_ == Phase::answer) return take_publish(packet);
      return fail("a packet nobody asked for");
  }
  return Next::wait;
}

Talk::Next MqttTalk::take_publish(const leaf::Packet& packet) {
  to_acknowledge_ = packet.qos > 0 ? packet.packet_id : std::uint16_t{0};
  if (target_ == Target::echo) {
    return packet.topic == script_.topic && packet.payload == script_.body ? settle() : fail("not the echo");
  }
  const auto topic = leaf::parse_response_topic(packet.topic);
  const auto body = nlohmann::json::parse(packet.payload, nullptr, false);
  if (!topic || topic->rid != script_.rid || !body.is_object()) return fail("not an answer of DPS");
  const std::string status = body.value("status", "");
  if (topic->status == 200 && status == "assigned") return settle();
  if (topic->status != 202) return fail("answer " + std::to_string(topic->status) + " " + status);
  operation_ = body.value("operationId", "");
  phase_ = Phase::pause;
  stay();
  return pause(topic->retry_after.value_or(2));
}

Talk::Next MqttTalk::settle() {
  phase_ = Phase::settled;
  return Next::answer;
}

void MqttTalk::resume() {
  phase_ = Phase::answer;
  say(poll_packet(script_, operation_, ++packet_id_));
}

void MqttTalk::stay() {
  if (to_acknowledge_ != 0) say(leaf::encode_puback(to_acknowledge_));
  to_acknowledge_ = 0;
}

void MqttTalk::leave() {
  stay();
  say(leaf::encode_disconnect());
}

}  // namespace leafgate::bench
