#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/standin/talk.hpp"

namespace leafgate::standin {

// What a hub saw of the clients that asked for it by one name.
struct HubVisits {
  std::uint64_t connections = 0;  // whose TLS handshake was done
  std::uint64_t connects = 0;     // MQTT CONNECTs answered
  std::uint64_t pings = 0;
  std::string last_client_id;
  std::string last_certificate;  // SHA-256; empty when it showed none
};
using HubBook = std::map<std::string, HubVisits>;  // by SNI; "" without

// A hub that lets everybody in over MQTT 3.1.1 and answers pings, and does nothing else: enough to see that a
// client reached it end to end. `book` must outlive the talks.
Speak hub_talk(HubBook& book);

}  // namespace leafgate::standin
