#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leafgate::standin {

// MQTT 3.1.1 as a server meets it, without I/O; sections are those of the OASIS standard.

struct MqttPacket {
  enum class Type : std::uint8_t {
    connect = 1,
    connack,
    publish,
    puback,
    pubrec,
    pubrel,
    pubcomp,
    subscribe,
    suback,
    unsubscribe,
    unsuback,
    pingreq,
    pingresp,
    disconnect,
  };
  Type type{};
  std::uint8_t flags = 0;
  std::string body;  // behind the fixed header
};

// Takes one packet off the front of `input`. Nothing when more octets are needed; `malformed` is set when no
// packet can come of them (a length that never ends, or more than 256 KiB).
std::optional<MqttPacket> take_packet(std::string& input, bool& malformed);
std::string packet_text(MqttPacket::Type type, std::uint8_t flags, std::string_view body);

// §3.1
struct MqttConnect {
  std::string protocol;
  std::uint8_t level = 0;
  bool will = false;
  std::uint16_t keep_alive = 0;  // seconds
  std::string client_id;
  std::string username;
  std::string password;
};
std::optional<MqttConnect> read_connect(std::string_view body);

// §3.3
struct MqttPublish {
  std::string topic;
  int qos = 0;
  std::uint16_t id = 0;  // 0 with QoS 0
  std::string payload;
};
std::optional<MqttPublish> read_publish(const MqttPacket& packet);
std::string publish_text(const MqttPublish& publish);

// §3.8 and, without QoS, §3.10
struct MqttFilters {
  std::uint16_t id = 0;
  std::vector<std::pair<std::string, int>> filters;  // with the QoS asked for
};
std::optional<MqttFilters> read_subscribe(std::string_view body);
std::optional<MqttFilters> read_unsubscribe(std::string_view body);

std::string connack_text(int code);  // without a session
std::string acknowledgement(MqttPacket::Type type, std::uint16_t id, std::string_view codes = {});
std::string with_length(std::string_view text);  // two octets of length before it (§1.5.3)

}  // namespace leafgate::standin
