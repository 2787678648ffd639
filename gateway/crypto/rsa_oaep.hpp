#pragma once

#include <string_view>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::crypto {

// RSAES-OAEP with SHA-256 for both hashes (RFC 8017 §7.1) to the public key of this modulus (big endian) and
// the exponent 65537, which is how a secret is sent to a TPM (TPM 2.0 library part 1, B.4). `label` goes in
// with all its octets: those of a TPM end in a zero. Some 0.03 ms with 2048 bits. Errors: malformed (no key
// that OpenSSL takes, or a message too long for it).
Result<Bytes> rsa_oaep_sha256(ByteView modulus, std::string_view label, ByteView message);

}  // namespace leafgate::crypto
