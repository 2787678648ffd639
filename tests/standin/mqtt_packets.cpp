#include "tests/standin/mqtt_packets.hpp"

namespace leafgate::standin {
namespace {

constexpr std::size_t largest_packet = 256 * 1024;

// Reads fields off the front; once one is missing all that follow are.
class Fields {
 public:
  explicit Fields(std::string_view body) : rest_(body) {}

  std::string_view octets(std::size_t n) {
    whole_ = whole_ && n <= rest_.size();
    if (!whole_) return {};
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  std::uint8_t octet() {
    const std::string_view one = octets(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
  }
  std::uint16_t number() {
    const unsigned high = octet();
    return static_cast<std::uint16_t>(high << 8U | octet());
  }
  std::string text() { return std::string(octets(number())); }
  std::string_view rest() const { return rest_; }
  bool whole() const { return whole_; }
  bool ended() const { return whole_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool whole_ = true;
};

std::string two_octets(std::uint16_t number) {
  return {static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)};
}

std::optional<MqttFilters> read_filters(std::string_view body, bool with_qos) {
  Fields fields(body);
  MqttFilters read;
  read.id = fields.number();
  while (fields.whole() && !fields.ended()) {
    std::string filter = fields.text();
    const int qos = with_qos ? fields.octet() : 0;
    read.filters.emplace_back(std::move(filter), qos);
  }
  if (!fields.whole() || read.id == 0 || read.filters.empty()) return std::nullopt;
  for (const auto& [filter, qos] : read.filters) {
    if (qos > 2) return std::nullopt;
  }
  return read;
}

}  // namespace

std::optional<MqttPacket> take_packet(std::string& input, bool& malformed) {
  std::size_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0;; shift += 7, ++at) {
    if (shift > 21 || length > largest_packet) {
      malformed = true;
      return std::nullopt;
    }
    if (at >= input.size()) return std::nullopt;
    const auto octet = static_cast<unsigned char>(input[at]);
    length |= std::size_t{octet & 0x7fU} << shift;
    if (octet < 0x80) break;
  }
  malformed = length > largest_packet;
  if (malformed || input.size() < at + 1 + length) return std::nullopt;
  const auto head = static_cast<unsigned char>(input.front());
  MqttPacket packet{static_cast<MqttPacket::Type>(head >> 4U), static_cast<std::uint8_t>(head & 0x0fU),
                    input.substr(at + 1, length)};
  input.erase(0, at + 1 + length);
  return packet;
}

std::string packet_text(MqttPacket::Type type, std::uint8_t flags, std::string_view body) {
  std::string text(1, static_cast<char>(static_cast<unsigned>(type) << 4U | flags));
  std::size_t left = body.size();
  do {
    const std::size_t octet = left % 128;
    left /= 128;
    text += static_cast<char>(left > 0 ? octet | 0x80U : octet);
  } while (left > 0);
  return text.append(body);
}

std::optional<MqttConnect> read_connect(std::string_view body) {
  Fields fields(body);
  MqttConnect read;
  read.protocol = fields.text();
  read.level = fields.octet();
  const unsigned flags = fields.octet();
  read.keep_alive = fields.number();
  read.client_id = fields.text();
  read.will = (flags & 0x04U) != 0;
  if (read.will) {
    fields.text();  // its topic
    fields.text();  // its message
  }
  if ((flags & 0x80U) != 0) read.username = fields.text();
  if ((flags & 0x40U) != 0) read.password = fields.text();
  if (!fields.ended() || (flags & 0x01U) != 0) return std::nullopt;
  return read;
}

std::optional<MqttPublish> read_publish(const MqttPacket& packet) {
  Fields fields(packet.body);
  MqttPublish read;
  read.topic = fields.text();
  read.qos = packet.flags >> 1U & 0x03U;
  if (read.qos > 0) read.id = fields.number();
  if (!fields.whole() || read.qos == 3 || (read.qos > 0 && read.id == 0)) return std::nullopt;
  read.payload = std::string(fields.rest());
  return read;
}

std::string publish_text(const MqttPublish& publish) {
  std::string body = with_length(publish.topic);
  if (publish.qos > 0) body += two_octets(publish.id);
  const auto flags = static_cast<std::uint8_t>(static_cast<unsigned>(publish.qos) << 1U);
  return packet_text(MqttPacket::Type::publish, flags, body + publish.payload);
}

std::optional<MqttFilters> read_subscribe(std::string_view body) { return read_filters(body, true); }
std::optional<MqttFilters> read_unsubscribe(std::string_view body) { return read_filters(body, false); }

std::string connack_text(int code) {
  return packet_text(MqttPacket::Type::connack, 0, std::string{'\0', static_cast<char>(code)});
}

std::string acknowledgement(MqttPacket::Type type, std::uint16_t id, std::string_view codes) {
  return packet_text(type, 0, two_octets(id).append(codes));
}

std::string with_length(std::string_view text) {
  return two_octets(static_cast<std::uint16_t>(text.size())).append(text);
}

}  // namespace leafgate::standin
