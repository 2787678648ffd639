#include "tests/unit/mqtt/leaf_packets.hpp"

namespace leafgate::leaf {
namespace {

std::string octet(std::size_t value) { return std::string(1, static_cast<char>(value & 0xFFU)); }

}  // namespace

std::string u16(std::size_t value) { return octet(value >> 8U) + octet(value); }

std::string text(std::string_view value) { return u16(value.size()) + std::string(value); }

std::string packet(std::uint8_t first, std::string_view body) {
  std::string out = octet(first);
  std::size_t left = body.size();
  for (; left > 127; left /= 128) out += octet(left % 128 + 128);
  return out + octet(left) + std::string(body);
}

std::string hex(std::string_view digits) {
  std::string out;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ') continue;
    const int value = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high < 0) {
      high = value;
    } else {
      out += octet(static_cast<std::size_t>(high * 16 + value));
      high = -1;
    }
  }
  return out;
}

std::string connect(const Connect& o) {
  std::size_t flags = o.more_flags;
  if (o.clean_session) flags |= 0x02U;
  if (!o.will.empty()) flags |= 0x04U;
  if (o.username) flags |= 0x80U;
  if (o.password) flags |= 0x40U;
  std::string body = text("MQTT") + octet(o.level) + octet(flags) + u16(o.keep_alive) + text(o.client_id);
  body += o.will;
  if (o.username) body += text(*o.username);
  if (o.password) body += text(*o.password);
  return packet(0x10, body);
}

std::string subscribe(std::uint16_t packet_id,
                      std::initializer_list<std::pair<std::string_view, std::uint8_t>> filters) {
  std::string body = u16(packet_id);
  for (const auto& [filter, qos] : filters) body += text(filter) + octet(qos);
  return packet(0x82, body);
}

std::string unsubscribe(std::uint16_t packet_id, std::initializer_list<std::string_view> filters) {
  std::string body = u16(packet_id);
  for (const auto filter : filters) body += text(filter);
  return packet(0xA2, body);
}

std::string publish(std::string_view topic, std::string_view payload, std::uint8_t qos,
                    std::uint16_t packet_id, std::uint8_t more_flags) {
  const std::string id = qos > 0 ? u16(packet_id) : "";
  return packet(static_cast<std::uint8_t>(0x30U | qos * 2U | more_flags),
                text(topic) + id + std::string(payload));
}

std::string puback(std::uint16_t packet_id) { return packet(0x40, u16(packet_id)); }

std::string register_topic(std::string_view rid) {
  return "$dps/registrations/PUT/iotdps-register/?$rid=" + std::string(rid);
}

std::string poll_topic(std::string_view rid, std::string_view operation_id) {
  return "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=" + std::string(rid) +
         "&operationId=" + std::string(operation_id);
}

}  // namespace leafgate::leaf
