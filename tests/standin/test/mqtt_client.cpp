#include "tests/standin/test/mqtt_client.hpp"

namespace leafgate::standin {
using Type = MqttPacket::Type;

std::string MqttClient::connect_text(const Connect& c) {
  unsigned flags = 0x02U | (c.username.empty() ? 0U : 0x80U) | (c.password.empty() ? 0U : 0x40U);
  if (c.will) flags |= 0x04U;
  std::string body = with_length("MQTT");
  body += static_cast<char>(c.level);
  body += static_cast<char>(flags);
  body += static_cast<char>(c.keep_alive >> 8U);
  body += static_cast<char>(c.keep_alive & 0xffU);
  body += with_length(c.client_id);
  if (c.will) body += with_length("topic") + with_length("message");
  if (!c.username.empty()) body += with_length(c.username);
  if (!c.password.empty()) body += with_length(c.password);
  return packet_text(Type::connect, 0, body);
}

std::optional<MqttPacket> MqttClient::receive() {
  bool malformed = false;
  while (true) {
    if (auto packet = take_packet(input_, malformed)) return packet;
    const std::string more = wire_->read_some();
    if (more.empty()) return std::nullopt;
    input_ += more;
  }
}

int MqttClient::connect(const Connect& c) {
  send(connect_text(c));
  const auto packet = receive();
  if (!packet || packet->type != Type::connack || packet->body.size() != 2 || packet->body[0] != 0) return -1;
  return packet->body[1];
}

int MqttClient::subscribe(int qos, const std::string& filter) {
  const std::string id{'\0', static_cast<char>(++last_id_)};
  send(packet_text(Type::subscribe, 2, id + with_length(filter) + static_cast<char>(qos)));
  const auto packet = receive();
  if (!packet || packet->type != Type::suback || packet->body.substr(0, 2) != id) return -1;
  return static_cast<unsigned char>(packet->body.at(2));
}

std::optional<MqttPublish> MqttClient::ask(const std::string& topic, const std::string& body, int qos) {
  const std::uint16_t id = qos > 0 ? ++last_id_ : std::uint16_t{0};
  send(publish_text({topic, qos, id, body}));
  if (qos > 0) {
    const auto acknowledged = receive();
    if (!acknowledged || acknowledged->type != Type::puback) return std::nullopt;
  }
  const auto packet = receive();
  if (!packet || packet->type != Type::publish) return std::nullopt;
  auto answer = read_publish(*packet);
  if (answer && answer->qos == 1) send(acknowledgement(Type::puback, answer->id));
  return answer;
}

}  // namespace leafgate::standin
