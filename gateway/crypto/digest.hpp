#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "gateway/model/bytes.hpp"

namespace leafgate::crypto {

using Digest = std::array<std::uint8_t, 32>;

// SHA-256 (FIPS 180-4). Any thread; throws std::runtime_error only when OpenSSL itself is broken.
[[nodiscard]] Digest sha256(ByteView data);

// Lower-case hexadecimal.
[[nodiscard]] std::string hex(ByteView data);

}  // namespace leafgate::crypto
