#pragma once

#include <cstdint>

#include "gateway/model/bytes.hpp"

namespace leafgate::serial {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds up to five wrong bits in a frame of this line. Against
// accidents only: what may be believed is proved inside the messages.
[[nodiscard]] std::uint32_t crc32c(ByteView octets);

}  // namespace leafgate::serial
