#pragma once

#include <optional>
#include <string>

#include "tests/standin/http.hpp"

namespace leafgate::standin {

// The answer to an opening handshake (RFC 6455 §4.2).
struct WebSocketOpening {
  bool accepted = false;  // what follows `answer` is WebSocket; else the connection ends behind it
  std::string answer;
};

// Opens MQTT over WebSocket on the paths that Azure's SDKs ask for (device sheet §1.1). The sub-protocol
// comes back as it was asked for, no extension is ever agreed to. Nothing: this is not asked for here, the
// request is one of HTTP like any other.
std::optional<WebSocketOpening> open_web_socket(const Request& request);

}  // namespace leafgate::standin
