#pragma once

#include <string>
#include <string_view>

#include "gateway/crypto/digest.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::crypto {

// Keys on the curve P-256, and what they sign (FIPS 186-5, ECDSA with SHA-256). A public key is its
// uncompressed point: 04, x, y, 65 octets. Any thread.
inline constexpr std::size_t p256_number_octets = 32;
inline constexpr std::size_t p256_point_octets = 1 + 2 * p256_number_octets;

// From PEM (SubjectPublicKeyInfo), of at most 4 KiB. Errors: malformed, too_large, unsupported (a key of
// another kind).
Result<Bytes> p256_point_of_pem(std::string_view pem);
// The way back. Empty for what is no point of the curve.
[[nodiscard]] std::string p256_pem(ByteView point);

// A signature as its two numbers.
struct P256Signature {
  Digest r;
  Digest s;
  friend bool operator==(const P256Signature&, const P256Signature&) = default;
};
// In DER, as X.509 and TLS have it. Empty for what are no numbers of a signature.
[[nodiscard]] Bytes p256_signature_der(ByteView r, ByteView s);
// From DER, whole and with nothing behind it. Errors: malformed.
Result<P256Signature> parse_p256_signature(ByteView der);

// Whether r and s, big endian, at most 32 octets each, are a signature over `message` by the key at `point`.
// False for whatever is no point of the curve or no signature at all.
[[nodiscard]] bool is_p256_signature(ByteView point, ByteView message, ByteView r, ByteView s);

}  // namespace leafgate::crypto
