#pragma once

#include <string>
#include <string_view>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::crypto {

// Whether r and s, big endian, at most 32 octets each, are an ECDSA signature (FIPS 186-5, P-256, SHA-256)
// over `message` by the key whose uncompressed point is `point`: 04, x, y, 65 octets. False for whatever is
// no point of the curve or no signature at all. Any thread.
[[nodiscard]] bool is_p256_signature(ByteView point, ByteView message, ByteView r, ByteView s);

// The uncompressed point of a P-256 public key in PEM (SubjectPublicKeyInfo). Errors: malformed, unsupported
// (another kind of key).
Result<Bytes> p256_point_of_pem(std::string_view pem);

// The way back. Empty for what is no point of the curve.
[[nodiscard]] std::string p256_pem(ByteView point);

}  // namespace leafgate::crypto
