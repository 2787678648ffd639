#include "adapters/mqtt/encode.hpp"

namespace leafgate::mqtt {
namespace {

void put(std::string& out, std::size_t octet) { out.push_back(static_cast<char>(octet & 0xFFU)); }

void put_u16(std::string& out, std::size_t value) {
  put(out, value >> 8U);
  put(out, value);
}

void put_length(std::string& out, std::size_t length) {
  do {
    const std::size_t low = length & 0x7FU;
    length >>= 7U;
    put(out, length > 0 ? low | 0x80U : low);
  } while (length > 0);
}

}  // namespace

void append_connack(std::string& out, ConnectCode code) {
  put(out, 0x20);
  put_length(out, 2);
  put(out, 0);
  put(out, static_cast<std::uint8_t>(code));
}

void append_connack_to_version_5(std::string& out) {
  constexpr std::size_t unsupported_protocol_version = 0x84;
  put(out, 0x20);
  put_length(out, 3);
  put(out, 0);
  put(out, unsupported_protocol_version);
  put_length(out, 0);
}

void append_suback(std::string& out, std::uint16_t packet_id, std::span<const std::uint8_t> codes) {
  put(out, 0x90);
  put_length(out, 2 + codes.size());
  put_u16(out, packet_id);
  for (const std::uint8_t code : codes) put(out, code);
}

void append_unsuback(std::string& out, std::uint16_t packet_id) {
  put(out, 0xB0);
  put_length(out, 2);
  put_u16(out, packet_id);
}

void append_puback(std::string& out, std::uint16_t packet_id) {
  put(out, 0x40);
  put_length(out, 2);
  put_u16(out, packet_id);
}

void append_pingresp(std::string& out) {
  put(out, 0xD0);
  put_length(out, 0);
}

void append_publish(std::string& out, std::string_view topic, std::uint8_t qos, std::uint16_t packet_id,
                    std::string_view payload) {
  const std::size_t numbered = qos > 0 ? 2 : 0;
  put(out, 0x30U | static_cast<std::size_t>(qos) << 1U);
  put_length(out, 2 + topic.size() + numbered + payload.size());
  put_u16(out, topic.size());
  out += topic;
  if (numbered > 0) put_u16(out, packet_id);
  out += payload;
}

}  // namespace leafgate::mqtt
