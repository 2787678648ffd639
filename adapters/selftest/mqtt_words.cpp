#include "adapters/selftest/mqtt_words.hpp"

#include <array>

#include "gateway/crypto/random.hpp"

namespace leafgate::selftest {
namespace {

constexpr std::size_t largest = 64 * 1024;

char octet(std::size_t value) { return static_cast<char>(value & 0xffU); }

std::size_t number_at(std::string_view octets, std::size_t at, std::size_t count) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < count; ++i) out = out << 8U | static_cast<unsigned char>(octets[at + i]);
  return out;
}

std::string counted(std::string_view text) {
  std::string out{octet(text.size() >> 8U), octet(text.size())};
  return out.append(text);
}

std::string packet(unsigned char head, const std::string& body) {
  std::string out(1, static_cast<char>(head));
  std::size_t left = body.size();
  do {
    const std::size_t part = left % 128;
    left /= 128;
    out += octet(part | (left > 0 ? 0x80U : 0U));
  } while (left > 0);
  return out + body;
}

Result<Heard> read_publish(Heard heard, bool numbered) {
  const Error broken(Errc::malformed, "a PUBLISH that cannot be read");
  if (heard.body.size() < 2) return broken;
  const std::size_t length = number_at(heard.body, 0, 2);
  const std::size_t head = 2 + length + (numbered ? 2U : 0U);
  if (heard.body.size() < head) return broken;
  heard.topic = heard.body.substr(2, length);
  heard.payload = heard.body.substr(head);
  return heard;
}

}  // namespace

std::string connect_packet(std::string_view client_id, std::string_view username, std::string_view password) {
  const char clean_with_name_and_password = '\xC2';
  std::string body = counted("MQTT");
  body += '\x04';
  body += clean_with_name_and_password;
  body += std::string("\0\x3c", 2);  // keep alive, in seconds
  return packet(0x10, body + counted(client_id) + counted(username) + counted(password));
}

std::string subscribe_packet(std::string_view filter) {
  return packet(0x82, std::string("\0\x01", 2) + counted(filter) + '\x01');
}

std::string publish_packet(std::string_view topic, std::string_view payload) {
  return packet(0x32, counted(topic) + std::string("\0\x02", 2) + std::string(payload));
}

std::string disconnect_packet() { return packet(0xE0, ""); }

Result<std::optional<Heard>> take_packet(std::string& octets) {
  std::size_t length = 0;
  std::size_t head = 1;
  for (unsigned shift = 0;; shift += 7, ++head) {
    if (octets.size() <= head) return std::optional<Heard>();
    const auto part = static_cast<unsigned char>(octets[head]);
    length |= static_cast<std::size_t>(part & 0x7fU) << shift;
    if ((part & 0x80U) == 0) break;
    if (shift == 21) return Error(Errc::malformed, "what came is no MQTT");
  }
  ++head;
  if (length > largest) return Error(Errc::too_large, "a packet of more than 64 KiB");
  if (octets.size() < head + length) return std::optional<Heard>();
  const auto first = static_cast<unsigned char>(octets.front());
  Heard heard;
  heard.kind = first >> 4U;
  heard.body = octets.substr(head, length);
  octets.erase(0, head + length);
  if (heard.kind != 3) return std::optional<Heard>(std::move(heard));
  auto read = read_publish(std::move(heard), (first & 0x06U) != 0);
  if (!read) return read.error();
  return std::optional<Heard>(std::move(*read));
}

std::string web_socket_frame(std::string_view octets) {
  constexpr char binary_and_last = '\x82';
  std::string out(1, binary_and_last);
  if (octets.size() < 126) {
    out += octet(0x80U | octets.size());
  } else {
    out += octet(0x80U | 126U);
    out += octet(octets.size() >> 8U);
    out += octet(octets.size());
  }
  std::array<std::uint8_t, 4> mask{};
  crypto::SystemRandom().fill(mask);
  for (const std::uint8_t part : mask) out += static_cast<char>(part);
  for (std::size_t i = 0; i < octets.size(); ++i)
    out += octet(static_cast<unsigned char>(octets[i]) ^ static_cast<std::size_t>(mask[i % 4]));
  return out;
}

Result<std::string> take_frames(std::string& octets) {
  std::string out;
  while (octets.size() >= 2) {
    const auto first = static_cast<unsigned char>(octets[0]);
    std::size_t length = static_cast<unsigned char>(octets[1]);
    if ((length & 0x80U) != 0) return Error(Errc::malformed, "a server's frame is masked");
    std::size_t head = 2;
    if (length == 127) return Error(Errc::too_large, "a frame of more than 64 KiB");
    if (length == 126) {
      head = 4;
      if (octets.size() < head) break;
      length = number_at(octets, 2, 2);
    }
    if (octets.size() < head + length) break;
    const unsigned kind = first & 0x0fU;
    if (kind == 8) return Error(Errc::unreachable, "the WebSocket was closed");
    if (kind <= 2) out += octets.substr(head, length);
    octets.erase(0, head + length);
  }
  return out;
}

}  // namespace leafgate::selftest
