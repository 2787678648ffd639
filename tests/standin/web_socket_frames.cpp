#include "tests/standin/web_socket_frames.hpp"

namespace leafgate::standin {
namespace {

using Opcode = WebSocketFrame::Opcode;

constexpr std::uint64_t largest_payload = 512 * 1024;
constexpr std::size_t largest_control = 125;
constexpr std::size_t mask_size = 4;

unsigned octet(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < text.size(); ++i) value = value << 8U | octet(text, i);
  return value;
}

std::string octets(std::uint64_t number, std::size_t count) {
  std::string text;
  for (std::size_t shift = 8 * count; shift > 0; shift -= 8)
    text += static_cast<char>(number >> (shift - 8) & 0xffU);
  return text;
}

bool is_known(unsigned opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

// What the first two octets alone tell (§5.2, §5.5).
bool head_is_sound(unsigned first, unsigned second) {
  const bool last = (first & 0x80U) != 0;
  const bool reserved = (first & 0x70U) != 0;
  const bool masked = (second & 0x80U) != 0;
  const bool control = (first & 0x08U) != 0;
  return !reserved && masked && is_known(first & 0x0fU) &&
         (!control || (last && (second & 0x7fU) <= largest_control));
}

// A code that an endpoint may send (§7.4.1, §7.4.2): 1004 to 1006 and 1015 never stand in a frame.
bool may_be_sent(std::uint64_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

}  // namespace

std::optional<WebSocketFrame> take_frame(std::string& input, std::optional<CloseCode>& defect) {
  if (input.size() < 2) return std::nullopt;
  const unsigned first = octet(input, 0);
  const unsigned second = octet(input, 1);
  if (!head_is_sound(first, second)) {
    defect = CloseCode::protocol_error;
    return std::nullopt;
  }
  const unsigned short_length = second & 0x7fU;
  const std::size_t length_size = short_length == 127 ? 8 : short_length == 126 ? 2 : 0;
  const std::size_t mask_at = 2 + length_size;
  if (input.size() < mask_at + mask_size) return std::nullopt;
  const std::uint64_t length =
      length_size == 0 ? short_length : number(std::string_view(input).substr(2, length_size));
  // A length stands in as few octets as can hold it.
  if ((length_size == 2 && length < 126) || (length_size == 8 && length < 65'536)) {
    defect = CloseCode::protocol_error;
  } else if (length > largest_payload) {
    defect = CloseCode::too_big;
  }
  const std::size_t payload_at = mask_at + mask_size;
  if (defect || input.size() < payload_at + length) return std::nullopt;
  WebSocketFrame frame{static_cast<Opcode>(first & 0x0fU), (first & 0x80U) != 0,
                       input.substr(payload_at, length)};
  for (std::size_t i = 0; i < length; ++i) {
    frame.payload[i] = static_cast<char>(octet(frame.payload, i) ^ octet(input, mask_at + i % mask_size));
  }
  input.erase(0, payload_at + length);
  return frame;
}

std::string frame_text(Opcode opcode, std::string_view payload) {
  std::string text(1, static_cast<char>(0x80U | static_cast<unsigned>(opcode)));
  if (payload.size() < 126) {
    text += static_cast<char>(payload.size());
  } else if (payload.size() < 65'536) {
    text += static_cast<char>(126) + octets(payload.size(), 2);
  } else {
    text += static_cast<char>(127) + octets(payload.size(), 8);
  }
  return text.append(payload);
}

std::string close_text(CloseCode code) {
  return frame_text(Opcode::close, octets(static_cast<std::uint64_t>(code), 2));
}

std::string close_answer(const WebSocketFrame& close) {
  const std::string_view code = std::string_view(close.payload).substr(0, 2);
  if (!code.empty() && (code.size() < 2 || !may_be_sent(number(code))))
    return close_text(CloseCode::protocol_error);
  return frame_text(Opcode::close, code);
}

}  // namespace leafgate::standin
