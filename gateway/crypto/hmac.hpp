#pragma once

#include "gateway/crypto/digest.hpp"
#include "gateway/model/bytes.hpp"

namespace leafgate::crypto {

// HMAC-SHA256 (RFC 2104). About 1 µs; leaves no key behind. Any thread; throws std::runtime_error only when
// OpenSSL itself is broken.
[[nodiscard]] Digest hmac_sha256(ByteView key, ByteView message);

// Takes the same time wherever the first difference is. Lengths are no secret: unequal ones differ at once.
[[nodiscard]] bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace leafgate::crypto
