#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "gateway/model/bytes.hpp"

namespace leafgate::serial {

// Consistent overhead byte stuffing (Cheshire and Baker, 1997): octets without a zero, one more for each 254
// begun, so that a zero on the wire can only mean the end of a block.

// Appends the block of `raw` to `out`, without delimiters.
void cobs_encode(ByteView raw, Bytes& out);

// What stands in the block between two delimiters, and how many octets of `into` it takes. Nothing for a
// block that is empty, has a zero in it, has a code that points past its end, or does not fit.
[[nodiscard]] std::optional<std::size_t> cobs_decode(ByteView block, std::span<std::uint8_t> into);

}  // namespace leafgate::serial
