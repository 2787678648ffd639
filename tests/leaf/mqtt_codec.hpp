#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leafgate::leaf {

// MQTT 3.1.1, the packets a DPS device needs; bytes only, no I/O.

enum class PacketType : std::uint8_t {
  connect = 1,
  connack = 2,
  publish = 3,
  puback = 4,
  subscribe = 8,
  suback = 9,
  unsubscribe = 10,
  unsuback = 11,
  pingreq = 12,
  pingresp = 13,
  disconnect = 14,
};

struct ConnectFields {
  std::string client_id;
  std::string username;
  std::string password;
  bool clean_session = true;
  std::uint16_t keep_alive = 0;
};

std::string encode_connect(const ConnectFields& fields);
std::string encode_subscribe(std::uint16_t packet_id, std::string_view filter, int qos);
std::string encode_unsubscribe(std::uint16_t packet_id, std::string_view filter);
// `packet_id` counts only for QoS 1.
std::string encode_publish(std::string_view topic, std::string_view payload, int qos,
                           std::uint16_t packet_id);
std::string encode_puback(std::uint16_t packet_id);
std::string encode_pingreq();
std::string encode_disconnect();

// A packet from the server; members count for their type only.
struct Packet {
  PacketType type = PacketType::pingresp;
  std::uint16_t packet_id = 0;
  bool session_present = false;  // connack
  int return_code = 0;           // connack, suback
  std::string topic;             // publish
  std::string payload;
  int qos = 0;
  bool retain = false;
};

// Cuts a byte stream into server packets; strict about what a server may send ([MQTT-3.1.1] §2.2, §3).
class PacketReader {
 public:
  void feed(std::string_view bytes) { input_.append(bytes); }
  // Nothing when a whole packet is not there yet, or after a defect.
  std::optional<Packet> next();
  // What was wrong with the stream; empty = nothing so far.
  const std::string& defect() const { return defect_; }

 private:
  std::optional<Packet> wrong(const char* what);
  std::optional<Packet> parse(std::uint8_t head, std::string_view body);

  std::string input_;
  std::string defect_;
};

// `$dps/registrations/res/{status}/?$rid={rid}[&retry-after={s}]`, as the strictest SDK reads it:
// $rid first, every parameter k=v, none twice, no other '$' (device sheet §7.1).
struct ResponseTopic {
  int status = 0;
  std::string rid;
  std::optional<long> retry_after;
};
std::optional<ResponseTopic> parse_response_topic(std::string_view topic);

}  // namespace leafgate::leaf
