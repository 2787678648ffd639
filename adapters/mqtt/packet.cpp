#include "adapters/mqtt/packet.hpp"

#include "adapters/mqtt/utf8.hpp"

namespace leafgate::mqtt {
namespace {

using Why = std::string_view;  // empty: nothing wrong
constexpr Why too_short = "a field goes past the end of its packet";
constexpr Why left_over = "octets are left over after the last field";

// Packet types, §2.2.1.
enum Type : std::uint8_t {
  connect = 1,
  publish = 3,
  puback = 4,
  subscribe = 8,
  unsubscribe = 10,
  pingreq = 12,
  disconnect = 14
};

// Takes fields off the front of a packet's variable header and payload.
class Fields {
 public:
  explicit Fields(ByteView octets) : left_(octets) {}

  bool u8(std::uint8_t& out) {
    if (left_.empty()) return false;
    out = left_[0];
    left_ = left_.subspan(1);
    return true;
  }
  bool u16(std::uint16_t& out) {
    if (left_.size() < 2) return false;
    out = static_cast<std::uint16_t>(left_[0] << 8U | left_[1]);
    left_ = left_.subspan(2);
    return true;
  }
  // Octets with a length in front: binary data, or text that is not yet checked.
  bool data(std::string_view& out) {
    std::uint16_t size = 0;
    if (!u16(size) || left_.size() < size) return false;
    out = as_text(left_.first(size));
    left_ = left_.subspan(size);
    return true;
  }
  Why text(std::string_view& out) {
    if (!data(out)) return too_short;
    return is_mqtt_text(out) ? Why{} : Why{"a string is not the UTF-8 that MQTT admits"};
  }
  [[nodiscard]] ByteView rest() const { return left_; }
  [[nodiscard]] bool empty() const { return left_.empty(); }

 private:
  ByteView left_;
};

struct ConnectFlags {
  explicit ConnectFlags(std::uint8_t f)
      : clean((f & 0x02U) != 0),
        will((f & 0x04U) != 0),
        will_qos(static_cast<std::uint8_t>((f >> 3U) & 3U)),
        will_retain((f & 0x20U) != 0),
        password((f & 0x40U) != 0),
        username((f & 0x80U) != 0) {}
  bool clean, will;
  std::uint8_t will_qos;
  bool will_retain, password, username;
};

Why check(std::uint8_t flags) {
  const ConnectFlags f(flags);
  if ((flags & 0x01U) != 0) return "reserved connect flag is set";
  if (!f.will && (f.will_qos != 0 || f.will_retain)) return "will options without a will";
  if (f.will_qos == 3) return "will QoS is 3";
  if (f.password && !f.username) return "password without a user name";
  return {};
}

Why read_connect_payload(Fields& fields, const ConnectFlags& flags, Connect& out) {
  if (const Why why = fields.text(out.client_id); !why.empty()) return why;
  if (flags.will) {
    std::string_view topic, message;
    if (const Why why = fields.text(topic); !why.empty()) return why;
    if (!fields.data(message)) return too_short;
  }
  std::string_view value;
  if (flags.username) {
    if (const Why why = fields.text(value); !why.empty()) return why;
    out.username = value;
  }
  if (flags.password) {
    if (!fields.data(value)) return too_short;
    out.password = value;
  }
  return fields.empty() ? Why{} : left_over;
}

Why read_connect(Fields fields, Connect& out, bool& foreign) {
  std::string_view name;
  foreign = !fields.data(name) || name != "MQTT";
  if (foreign) return "the first packet does not name MQTT 3.1.1 as its protocol";
  std::uint8_t flags = 0;
  if (!fields.u8(out.level)) return too_short;
  if (out.level != level_3_1_1) return {};
  if (!fields.u8(flags)) return too_short;
  if (const Why why = check(flags); !why.empty()) return why;
  if (!fields.u16(out.keep_alive)) return too_short;
  const ConnectFlags parsed(flags);
  out.clean_session = parsed.clean;
  out.has_will = parsed.will;
  return read_connect_payload(fields, parsed, out);
}

Why check_publish_flags(std::uint8_t flags) {
  const auto qos = (flags >> 1U) & 3U;
  if (qos == 3) return "QoS is 3";
  if (qos == 0 && (flags & 0x08U) != 0) return "QoS 0 marked as a duplicate";
  return {};
}

Why read_publish(Fields fields, std::uint8_t flags, const Expect& expect, Publish& out) {
  out.dup = (flags & 0x08U) != 0;
  out.qos = static_cast<std::uint8_t>((flags >> 1U) & 3U);
  out.retain = (flags & 0x01U) != 0;
  if (const Why why = fields.text(out.topic); !why.empty()) return why;
  if (out.topic.empty()) return "topic is empty";
  if (out.topic.size() > expect.topic) return "topic is longer than allowed";
  if (out.topic.find_first_of("#+") != std::string_view::npos) return "wildcard in the topic of a publish";
  if (out.qos > 0) {
    if (!fields.u16(out.packet_id)) return too_short;
    if (out.packet_id == 0) return "packet id is 0";
  }
  out.payload = as_text(fields.rest());
  return {};
}

// SUBSCRIBE has a QoS behind each filter, UNSUBSCRIBE has not.
Why read_filters(Fields fields, bool with_qos, std::uint16_t& packet_id, std::vector<Filter>& out) {
  if (!fields.u16(packet_id)) return too_short;
  if (packet_id == 0) return "packet id is 0";
  while (!fields.empty()) {
    Filter filter;
    if (const Why why = fields.text(filter.text); !why.empty()) return why;
    if (filter.text.empty()) return "topic filter is empty";
    if (with_qos && !fields.u8(filter.qos)) return too_short;
    if (filter.qos > 2) return "asked-for QoS is above 2, or a reserved bit is set";
    if (out.size() == most_filters) return "too many topic filters";
    out.push_back(filter);
  }
  return out.empty() ? Why{"no topic filter"} : Why{};
}

Why read_puback(Fields fields, PubAck& out) {
  if (!fields.u16(out.packet_id)) return too_short;
  return fields.empty() ? Why{} : left_over;
}

Why read_body(std::uint8_t first, ByteView body, const Expect& expect, Decoded& out, bool& foreign) {
  switch (first >> 4U) {
    case Type::connect:
      return read_connect(Fields(body), out.packet.emplace<Connect>(), foreign);
    case Type::publish:
      return read_publish(Fields(body), first & 0x0FU, expect, out.packet.emplace<Publish>());
    case Type::puback:
      return read_puback(Fields(body), out.packet.emplace<PubAck>());
    case Type::subscribe: {
      auto& packet = out.packet.emplace<Subscribe>();
      return read_filters(Fields(body), true, packet.packet_id, packet.filters);
    }
    case Type::unsubscribe: {
      auto& packet = out.packet.emplace<Unsubscribe>();
      return read_filters(Fields(body), false, packet.packet_id, packet.filters);
    }
    case Type::pingreq:
      out.packet.emplace<PingReq>();
      break;
    default:
      out.packet.emplace<Disconnect>();
      break;
  }
  return body.empty() ? Why{} : left_over;
}

// What the first octet alone can tell, §2.2.
Why check_first(std::uint8_t first) {
  const auto flags = static_cast<std::uint8_t>(first & 0x0FU);
  switch (first >> 4U) {
    case Type::publish:
      return check_publish_flags(flags);
    case Type::connect:
    case Type::puback:
    case Type::pingreq:
    case Type::disconnect:
      return flags == 0 ? Why{} : Why{"reserved flags of the packet type are wrong"};
    case Type::subscribe:
    case Type::unsubscribe:
      return flags == 2 ? Why{} : Why{"reserved flags of the packet type are wrong"};
    case 5:
    case 6:
    case 7:
      return "a step of QoS 2, which is not spoken here";
    case 0:
    case 15:
      return "reserved packet type";
    default:
      return "a packet that only servers send";
  }
}

struct Head {
  Outcome outcome = Outcome::packet;
  std::size_t size = 0;       // of the head; with need_more: octets needed
  std::size_t remaining = 0;  // octets behind the head
  Why why;
};

constexpr std::uint8_t first_of_connect = 0x10;

// The fixed header, §2.2: first octet and remaining length in its shortest form.
Head read_head(ByteView octets, bool expect_connect) {
  constexpr std::size_t longest = 4;
  if (octets.empty()) return {Outcome::need_more, 2, 0, {}};
  if (expect_connect && octets[0] != first_of_connect)
    return {Outcome::foreign, 0, 0, "the first packet is not CONNECT"};
  if (const Why why = check_first(octets[0]); !why.empty()) return {Outcome::malformed, 0, 0, why};
  std::size_t remaining = 0;
  for (std::size_t i = 0; i < longest; ++i) {
    if (octets.size() < i + 2) return {Outcome::need_more, i + 2, 0, {}};
    const std::uint8_t octet = octets[i + 1];
    remaining |= static_cast<std::size_t>(octet & 0x7FU) << (7 * i);
    if ((octet & 0x80U) != 0) continue;
    if (i > 0 && octet == 0)
      return {Outcome::malformed, 0, 0, "remaining length is not in its shortest form"};
    return {Outcome::packet, i + 2, remaining, {}};
  }
  return {Outcome::malformed, 0, 0, "remaining length is longer than four octets"};
}

Decoded failed(Outcome outcome, std::size_t size, Why why) {
  Decoded result;
  result.outcome = outcome;
  result.size = size;
  result.why = why;
  return result;
}

}  // namespace

Decoded decode(ByteView octets, const Expect& expect) {
  const Head head = read_head(octets, expect.connect);
  if (head.outcome != Outcome::packet) return failed(head.outcome, head.size, head.why);
  const std::size_t whole = head.size + head.remaining;
  const bool is_publish = octets[0] >> 4U == Type::publish;
  if (whole > (is_publish ? expect.publish : expect.control)) return failed(Outcome::too_large, whole, {});
  if (octets.size() < whole) return failed(Outcome::need_more, whole, {});
  Decoded result;
  bool foreign = false;
  result.why = read_body(octets[0], octets.subspan(head.size, head.remaining), expect, result, foreign);
  result.outcome = result.why.empty() ? Outcome::packet : foreign ? Outcome::foreign : Outcome::malformed;
  result.size = whole;
  return result;
}

Decoded decode_publish_head(ByteView octets, const Expect& expect) {
  const Head head = read_head(octets, false);
  if (head.outcome != Outcome::packet) return failed(head.outcome, head.size, head.why);
  // Two lengths of two octets at most stand beside the topic: its own, and the packet id.
  const auto topic_at = head.size + 2;
  if (octets.size() < topic_at) return failed(Outcome::need_more, topic_at, {});
  const std::size_t topic = static_cast<std::size_t>(octets[head.size]) << 8U | octets[head.size + 1];
  if (topic > expect.topic) return failed(Outcome::malformed, 0, "topic is longer than allowed");
  const bool numbered = (octets[0] & 0x06U) != 0;
  const std::size_t fields = 2 + topic + (numbered ? 2 : 0);
  if (fields > head.remaining) return failed(Outcome::malformed, 0, too_short);
  if (octets.size() < head.size + fields) return failed(Outcome::need_more, head.size + fields, {});
  Decoded result;
  result.why = read_publish(Fields(octets.subspan(head.size, fields)), octets[0] & 0x0FU, expect,
                            result.packet.emplace<Publish>());
  result.outcome = result.why.empty() ? Outcome::packet : Outcome::malformed;
  result.size = head.size + head.remaining;
  return result;
}

}  // namespace leafgate::mqtt
