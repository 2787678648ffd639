#pragma once

#include <cstddef>

#include "gateway/model/time.hpp"

namespace leafgate::mqtt {

// What one leaf may take of the gateway over MQTT. Each is a config key; the ceilings are not.
struct Limits {
  static constexpr std::size_t publish_ceiling = 96 * 1024;  // DPS: largest message

  std::size_t control_packet = 4 * 1024;  // octets of any packet but PUBLISH
  std::size_t publish = 16 * 1024;        // octets of a PUBLISH; a larger one is refused with 400
  std::size_t skipped = 256 * 1024;  // octets of a PUBLISH that is read only to be refused; above: closed
  std::size_t topic = 256;           // octets of a topic; operationIds of ours and of DPS have 55
  std::size_t topic_levels = 8;      // the longest of DPS has 5
  unsigned refused_requests = 8;     // requests and filters refused with 4xx before the connection is closed
  unsigned notes = 8;                // events one connection may give to the journal

  Millis connect{2'000};          // from the end of the handshake to a whole CONNECT
  Millis request{3'000};          // from there to a request whose proof is good or not judged yet
  Millis authentication{30'000};  // the same, once an answer left the proof open; and from poll to poll
                                  // while the service is being asked for it
  Millis answer{15'000};          // from a request to its answer written: live relay (5 s) and a slow reader
  Millis idle{120'000};           // without a packet, for leaves that ask for no keep-alive (C, C#)
  Seconds keep_alive_ceiling{180};  // longer ones are held to this: nobody stays for hours
  Millis pause{60};                 // from a QoS 0 request to its answer (Java, device protocol §7.1)
};

}  // namespace leafgate::mqtt
