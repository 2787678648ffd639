#include "adapters/serial/frame.hpp"

#include <array>
#include <optional>

#include "adapters/serial/cobs.hpp"
#include "adapters/serial/crc32c.hpp"
#include "adapters/serial/frame_body.hpp"

namespace leafgate::serial {
namespace {

constexpr unsigned version = 1;
constexpr unsigned more_bit = 0x80;
constexpr std::size_t header_size = 4;
constexpr std::size_t crc_size = 4;

std::uint32_t crc_of(ByteView at) {
  return at[0] | std::uint32_t{at[1]} << 8U | std::uint32_t{at[2]} << 16U | std::uint32_t{at[3]} << 24U;
}

bool is_station(std::uint8_t address) { return address >= 1 && address <= last_address; }

// Who is named by the frames of one type and end. Nothing: that end never says it.
enum class Named { one, all, one_or_all, one_or_unassigned };
std::optional<Named> named_by(Direction direction, FrameType type) {
  const bool to_leaf = direction == Direction::to_leaf;
  switch (type) {
    case FrameType::poll:
    case FrameType::mute:
      if (to_leaf) return Named::one;
      break;
    case FrameType::discover:
    case FrameType::assign:
      if (to_leaf) return Named::all;
      break;
    case FrameType::reset:
      if (to_leaf) return Named::one_or_all;
      break;
    case FrameType::data:
      return Named::one;
    case FrameType::ack:
    case FrameType::nak:
      if (!to_leaf) return Named::one;
      break;
    case FrameType::hello:
      if (!to_leaf) return Named::one_or_unassigned;
      break;
  }
  return std::nullopt;
}

bool may_name(Named whom, std::uint8_t address) {
  switch (whom) {
    case Named::one:
      return is_station(address);
    case Named::all:
      return address == to_all;
    case Named::one_or_all:
      return is_station(address) || address == to_all;
    case Named::one_or_unassigned:
      return is_station(address) || address == no_address;
  }
  return false;
}

}  // namespace

std::string_view to_text(Fault fault) {
  switch (fault) {
    case Fault::stuffing:
      return "stuffing";
    case Fault::length:
      return "length";
    case Fault::crc:
      return "crc";
    case Fault::version:
      return "version";
    case Fault::direction:
      return "direction";
    case Fault::address:
      return "address";
    case Fault::type:
      return "type";
    case Fault::payload:
      return "payload";
  }
  return "";
}

Bytes encode(const Frame& frame) {
  Bytes raw;
  raw.reserve(least_raw + frame.payload.size());
  raw.push_back(static_cast<std::uint8_t>(version << 6U | static_cast<unsigned>(frame.direction) << 5U |
                                          static_cast<unsigned>(frame.type)));
  raw.push_back(frame.address);
  raw.push_back(frame.number);
  raw.push_back(static_cast<std::uint8_t>((frame.more ? more_bit : 0U) | frame.fragment));
  raw.insert(raw.end(), frame.payload.begin(), frame.payload.end());
  const std::uint32_t crc = crc32c(raw);
  for (unsigned shift = 0; shift < 32; shift += 8) raw.push_back(static_cast<std::uint8_t>(crc >> shift));
  Bytes wire;
  wire.reserve(frame_overhead + frame.payload.size());
  wire.push_back(0);
  cobs_encode(raw, wire);
  wire.push_back(0);
  return wire;
}

std::variant<Frame, Fault> decode(ByteView block, Direction expected) {
  if (block.size() > most_block) return Fault::length;
  std::array<std::uint8_t, most_block> room;
  const auto size = cobs_decode(block, room);
  if (!size) return Fault::stuffing;
  if (*size < least_raw || *size > most_raw) return Fault::length;
  const ByteView raw = ByteView(room).first(*size);
  if (crc32c(raw.first(*size - crc_size)) != crc_of(raw.subspan(*size - crc_size))) return Fault::crc;
  if (raw[0] >> 6U != version) return Fault::version;
  Frame frame;
  frame.direction = static_cast<Direction>(raw[0] >> 5U & 1U);
  frame.type = static_cast<FrameType>(raw[0] & 0x1fU);
  frame.address = raw[1];
  frame.number = raw[2];
  frame.more = (raw[3] & more_bit) != 0;
  frame.fragment = static_cast<std::uint8_t>(raw[3] & ~more_bit);
  const auto whom = named_by(frame.direction, frame.type);
  if (!whom) return Fault::type;
  if (!may_name(*whom, frame.address)) return Fault::address;
  const ByteView payload = raw.subspan(header_size, *size - least_raw);
  frame.payload.assign(payload.begin(), payload.end());
  if (!is_sound(frame)) return Fault::payload;
  if (frame.direction != expected) return Fault::direction;
  return frame;
}

}  // namespace leafgate::serial
