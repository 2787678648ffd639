#pragma once

#include <string>

#include "tests/standin/web_socket_frames.hpp"

namespace leafgate::standin {

// A frame as a client sends it: masked (RFC 6455 §5.2), here with octets that leave none as it was. Payloads
// below 64 KiB.
inline std::string client_frame(WebSocketFrame::Opcode opcode, const std::string& payload, bool last = true) {
  const std::string mask = "\x37\xfa\x21\x3d";
  std::string text(1, static_cast<char>((last ? 0x80U : 0U) | static_cast<unsigned>(opcode)));
  if (payload.size() < 126) {
    text += static_cast<char>(0x80U | payload.size());
  } else {
    text += {'\xfe', static_cast<char>(payload.size() >> 8U), static_cast<char>(payload.size() & 0xffU)};
  }
  text += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) text += static_cast<char>(payload[i] ^ mask[i % 4]);
  return text;
}

}  // namespace leafgate::standin
