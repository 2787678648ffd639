#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

// What a client of DPS over MQTT 3.1.1 says, and what it hears: as much as one registration needs. Pure.
namespace leafgate::selftest {

[[nodiscard]] std::string connect_packet(std::string_view client_id, std::string_view username,
                                         std::string_view password);
[[nodiscard]] std::string subscribe_packet(std::string_view filter);  // QoS 1, packet id 1
[[nodiscard]] std::string publish_packet(std::string_view topic, std::string_view payload);  // QoS 1, id 2
[[nodiscard]] std::string disconnect_packet();

// A packet of a server, whole.
struct Heard {
  unsigned kind = 0;    // MQTT 3.1.1 §2.2.1: 2 CONNACK, 3 PUBLISH, 4 PUBACK, 9 SUBACK
  std::string body;     // behind the fixed header
  std::string topic;    // of a PUBLISH
  std::string payload;  // likewise
};

// Takes the first packet out of `octets` once it is whole. Errors: malformed, too_large (64 KiB).
Result<std::optional<Heard>> take_packet(std::string& octets);

// The same for a WebSocket (RFC 6455 §5): a masked frame with these octets; and what comes in the server's
// frames, taken out of `octets` as far as they are whole. Errors: malformed, too_large.
[[nodiscard]] std::string web_socket_frame(std::string_view octets);
Result<std::string> take_frames(std::string& octets);

}  // namespace leafgate::selftest
