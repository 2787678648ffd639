#include "tests/leaf/mqtt_codec.hpp"

#include <charconv>
#include <set>

namespace leafgate::leaf {
namespace {

constexpr std::size_t largest_packet = 256 * 1024;  // the cap of the C# decoder (device sheet §1.1)

std::string u16(std::size_t value) {
  return {static_cast<char>((value >> 8) & 0xff), static_cast<char>(value & 0xff)};
}

std::string text(std::string_view value) { return u16(value.size()) + std::string(value); }

std::string packet(PacketType type, unsigned flags, const std::string& body) {
  std::string out(1, static_cast<char>((static_cast<unsigned>(type) << 4) | flags));
  std::size_t length = body.size();
  do {
    const std::size_t septet = length % 128;
    length /= 128;
    out.push_back(static_cast<char>(septet | (length > 0 ? 0x80U : 0U)));
  } while (length > 0);
  return out + body;
}

std::uint16_t read_u16(std::string_view bytes) {
  return static_cast<std::uint16_t>((static_cast<unsigned char>(bytes[0]) << 8) |
                                    static_cast<unsigned char>(bytes[1]));
}

template <class Number>
bool read_number(std::string_view digits, Number& out) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  return error == std::errc() && end == digits.data() + digits.size() && digits.front() != '-';
}

}  // namespace

std::string encode_connect(const ConnectFields& f) {
  const unsigned flags = 0x80U | (f.password.empty() ? 0U : 0x40U) | (f.clean_session ? 0x02U : 0U);
  std::string body = text("MQTT");
  body.push_back(4);
  body.push_back(static_cast<char>(flags));
  body += u16(f.keep_alive) + text(f.client_id) + text(f.username);
  if (!f.password.empty()) body += text(f.password);
  return packet(PacketType::connect, 0, body);
}

std::string encode_subscribe(std::uint16_t packet_id, std::string_view filter, int qos) {
  return packet(PacketType::subscribe, 2, u16(packet_id) + text(filter) + static_cast<char>(qos));
}

std::string encode_unsubscribe(std::uint16_t packet_id, std::string_view filter) {
  return packet(PacketType::unsubscribe, 2, u16(packet_id) + text(filter));
}

std::string encode_publish(std::string_view topic, std::string_view payload, int qos,
                           std::uint16_t packet_id) {
  const std::string id = qos > 0 ? u16(packet_id) : std::string();
  return packet(PacketType::publish, static_cast<unsigned>(qos) << 1,
                text(topic) + id + std::string(payload));
}

std::string encode_puback(std::uint16_t packet_id) { return packet(PacketType::puback, 0, u16(packet_id)); }
std::string encode_pingreq() { return packet(PacketType::pingreq, 0, {}); }
std::string encode_disconnect() { return packet(PacketType::disconnect, 0, {}); }

std::optional<Packet> PacketReader::wrong(const char* what) {
  defect_ = what;
  return std::nullopt;
}

std::optional<Packet> PacketReader::next() {
  if (!defect_.empty() || input_.size() < 2) return std::nullopt;
  std::size_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0;; shift += 7) {
    if (at == 5) return wrong("remaining length longer than four octets");
    if (at == input_.size()) return std::nullopt;
    const auto octet = static_cast<unsigned char>(input_[at++]);
    length |= static_cast<std::size_t>(octet & 0x7fU) << shift;
    if ((octet & 0x80U) == 0) break;
  }
  if (length > largest_packet) return wrong("packet above 256 KiB");
  if (input_.size() < at + length) return std::nullopt;
  const std::string body = input_.substr(at, length);
  const auto head = static_cast<std::uint8_t>(input_[0]);
  input_.erase(0, at + length);
  return parse(head, body);
}

std::optional<Packet> PacketReader::parse(std::uint8_t head, std::string_view body) {
  Packet p;
  p.type = static_cast<PacketType>(head >> 4);
  const unsigned flags = head & 15U;
  if (p.type != PacketType::publish && flags != 0) return wrong("reserved flags are set");
  switch (p.type) {
    case PacketType::connack:
      if (body.size() != 2 || (body[0] & ~1) != 0) return wrong("malformed CONNACK");
      p.session_present = body[0] != 0;
      p.return_code = static_cast<unsigned char>(body[1]);
      return p;
    case PacketType::suback:
      if (body.size() != 3) return wrong("malformed SUBACK");
      p.packet_id = read_u16(body);
      p.return_code = static_cast<unsigned char>(body[2]);
      return p;
    case PacketType::puback:
    case PacketType::unsuback:
      if (body.size() != 2) return wrong("malformed acknowledgement");
      p.packet_id = read_u16(body);
      return p;
    case PacketType::pingresp:
      if (!body.empty()) return wrong("malformed PINGRESP");
      return p;
    case PacketType::publish:
      break;
    default:
      return wrong("a packet a server may not send");
  }
  p.qos = static_cast<int>((flags >> 1) & 3U);
  p.retain = (flags & 1U) != 0;
  if (p.qos == 3) return wrong("QoS 3");
  if (body.size() < 2) return wrong("malformed PUBLISH");
  const std::size_t topic_end = 2U + read_u16(body);
  const std::size_t payload_at = topic_end + (p.qos > 0 ? 2U : 0U);
  if (body.size() < payload_at) return wrong("malformed PUBLISH");
  p.topic = std::string(body.substr(2, topic_end - 2));
  if (p.qos > 0) p.packet_id = read_u16(body.substr(topic_end));
  if (p.qos > 0 && p.packet_id == 0) return wrong("PUBLISH with packet id 0");
  p.payload = std::string(body.substr(payload_at));
  return p;
}

std::optional<ResponseTopic> parse_response_topic(std::string_view topic) {
  static constexpr std::string_view head = "$dps/registrations/res/";
  static constexpr std::string_view first = "/?$rid=";
  if (!topic.starts_with(head)) return std::nullopt;
  topic.remove_prefix(head.size());
  const std::size_t query = topic.find(first);
  ResponseTopic out;
  if (query == std::string_view::npos || query != 3 || !read_number(topic.substr(0, 3), out.status)) {
    return std::nullopt;
  }
  topic.remove_prefix(query + first.size());
  if (topic.find('$') != std::string_view::npos) return std::nullopt;
  out.rid = std::string(topic.substr(0, topic.find('&')));
  if (out.rid.empty() || out.rid.find('=') != std::string::npos) return std::nullopt;
  topic.remove_prefix(out.rid.size());
  std::set<std::string_view> names;
  while (!topic.empty()) {
    topic.remove_prefix(1);
    const std::string_view parameter = topic.substr(0, topic.find('&'));
    topic.remove_prefix(parameter.size());
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == parameter.size())
      return std::nullopt;
    if (!names.insert(parameter.substr(0, equals)).second) return std::nullopt;
    if (parameter.substr(0, equals) != "retry-after") continue;
    long seconds = 0;
    if (!read_number(parameter.substr(equals + 1), seconds)) return std::nullopt;
    out.retry_after = seconds;
  }
  return out;
}

}  // namespace leafgate::leaf
