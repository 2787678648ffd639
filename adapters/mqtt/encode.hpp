#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace leafgate::mqtt {

// What a server sends in MQTT 3.1.1. Each appends one packet to `out`, so that what belongs together leaves
// in one write.

// CONNACK return codes, §3.2.2.3.
enum class ConnectCode : std::uint8_t {
  accepted = 0,
  unacceptable_protocol = 1,
  identifier_rejected = 2,
  server_unavailable = 3,
  bad_credentials = 4,
  not_authorized = 5,
};

inline constexpr std::uint8_t subscription_refused = 0x80;  // a SUBACK code, §3.9.3

// Session Present is always 0: no session is ever kept (C# aborts on 1).
void append_connack(std::string& out, ConnectCode code);
// For a client of MQTT 5, in the words of its version (MQTT 5 §3.2): reason 0x84, no properties.
void append_connack_to_version_5(std::string& out);
// One code per filter of the SUBSCRIBE, in its order: granted QoS or subscription_refused.
void append_suback(std::string& out, std::uint16_t packet_id, std::span<const std::uint8_t> codes);
void append_unsuback(std::string& out, std::uint16_t packet_id);
void append_puback(std::string& out, std::uint16_t packet_id);
void append_pingresp(std::string& out);
// QoS 0 or 1; the packet id is written for QoS 1 alone and must not be 0 then. The topic must fit 65,535
// octets, the whole packet 256 MiB.
void append_publish(std::string& out, std::string_view topic, std::uint8_t qos, std::uint16_t packet_id,
                    std::string_view payload);

}  // namespace leafgate::mqtt
