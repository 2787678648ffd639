#pragma once

#include <string_view>

#include "gateway/crypto/digest.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::crypto {

// A public key on the curve P-256, as the numbers of its point.
struct P256Point {
  Digest x;
  Digest y;
  friend bool operator==(const P256Point&, const P256Point&) = default;
};
// From PEM ("PUBLIC KEY"), of at most 4 KiB. Errors: malformed, too_large, unsupported (a key of another
// kind).
Result<P256Point> parse_p256_public_key(std::string_view pem);

// An ECDSA signature by such a key, as its two numbers.
struct P256Signature {
  Digest r;
  Digest s;
  friend bool operator==(const P256Signature&, const P256Signature&) = default;
};
// From DER, whole and with nothing behind it. Errors: malformed.
Result<P256Signature> parse_p256_signature(ByteView der);

}  // namespace leafgate::crypto
