#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leafgate::standin {

// Frames of WebSocket as a server meets them, without I/O; sections are those of RFC 6455.

struct WebSocketFrame {
  enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };
  Opcode opcode{};
  bool last = true;     // FIN: of its message
  std::string payload;  // unmasked
};

// Why a connection ends (§7.4.1).
enum class CloseCode : std::uint16_t {
  normal = 1000,
  protocol_error = 1002,
  unsupported_data = 1003,
  too_big = 1009
};

// Takes one frame of a client off the front of `input`. Nothing when more octets are needed; `defect` is set
// when no frame can come of them: one that breaks §5.2 or §5.5, is not masked, uses an extension, or carries
// more than 512 KiB.
std::optional<WebSocketFrame> take_frame(std::string& input, std::optional<CloseCode>& defect);

// As a server sends it: whole and not masked.
std::string frame_text(WebSocketFrame::Opcode opcode, std::string_view payload);
std::string close_text(CloseCode code);
// The Close that answers this one: its own code comes back, unless no peer may send that (§7.4).
std::string close_answer(const WebSocketFrame& close);

}  // namespace leafgate::standin
