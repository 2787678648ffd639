#pragma once

#include <string>

#include "gateway/net/http_message.hpp"

namespace leafgate::net {

// Whether a request wants to leave HTTP for WebSocket.
[[nodiscard]] bool asks_for_web_socket(const HttpRequest& request);

// An opening handshake that can be accepted (RFC 6455 §4.2.1) by a server of MQTT (MQTT 3.1.1 §6).
struct WebSocketRequest {
  std::string key;       // Sec-WebSocket-Key
  std::string protocol;  // "mqtt" as the client wrote it: C asks for "MQTT" and wants just that back

  // Errors: unsupported (another version than 13), malformed, with words for the engineer.
  static Result<WebSocketRequest> read(const HttpRequest& request);
};

// Accepts the upgrade and lets `handler` serve the octets of its binary messages, in whichever pieces they
// come (MQTT 3.1.1 §6.0: a packet may span messages and a message packets). Compression is never agreed to.
// The deadlines the handler sets are those of `stream`, which must outlive this. `unread` is what came behind
// the request: a client may not send before it has the answer, so anything there ends the connection. Beast
// speaks the protocol; only web_socket.cpp knows.
Task<void> serve_web_socket(Stream& stream, WebSocketRequest request, std::string unread,
                            StreamHandler& handler, PeerInfo peer);

}  // namespace leafgate::net
