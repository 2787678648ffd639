#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "gateway/model/bytes.hpp"

namespace leafgate::serial {

// One frame of SRL/1 (adapters/wire/leaf_link.cddl, its last part):
//   00 | COBS( hdr[4] payload[0..240] crc32c_le[4] ) | 00
enum class FrameType : std::uint8_t {
  poll = 1,
  data = 2,
  ack = 3,
  discover = 4,
  assign = 5,
  mute = 6,
  hello = 7,
  nak = 8,
  reset = 11,
};

enum class Direction : std::uint8_t { to_leaf = 0, to_gateway = 1 };

inline constexpr std::uint8_t last_address = 239;
inline constexpr std::uint8_t no_address = 254;  // of a leaf that was given none
inline constexpr std::uint8_t to_all = 255;

inline constexpr std::size_t most_payload = 240;
inline constexpr std::size_t least_raw = 8;  // header and CRC
inline constexpr std::size_t most_raw = least_raw + most_payload;
inline constexpr std::size_t most_block = most_raw + 1;  // after COBS
// What a frame takes on the wire beyond its payload: delimiters, COBS, header, CRC.
inline constexpr std::size_t frame_overhead = least_raw + 3;

struct Frame {
  Direction direction = Direction::to_leaf;
  FrameType type = FrameType::poll;
  std::uint8_t address = 0;
  std::uint8_t number = 0;  // of the transaction: counted by the gateway, echoed by the leaf
  bool more = false;        // DATA: further fragments follow
  std::uint8_t fragment = 0;
  Bytes payload;
};

// Why octets are no frame.
enum class Fault : std::uint8_t {
  stuffing,   // no COBS block
  length,     // shorter or longer than a frame
  crc,        // some bit is not as it was sent
  version,    // another protocol
  direction,  // sound, but of the wrong end: an adapter's echo
  address,    // none that the type may have
  type,       // unknown, or never said by that end
  payload,    // not what the type says: length, fragment, contents
};
[[nodiscard]] std::string_view to_text(Fault fault);

// The octets of a frame on the wire, both delimiters included. Its payload has at most most_payload octets.
[[nodiscard]] Bytes encode(const Frame& frame);

// Decodes the block between two delimiters. Pure and strict: whatever the protocol does not allow is a fault.
// A frame that would be sound from the other end gives Fault::direction.
[[nodiscard]] std::variant<Frame, Fault> decode(ByteView block, Direction expected);

}  // namespace leafgate::serial
