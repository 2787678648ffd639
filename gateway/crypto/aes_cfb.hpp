#pragma once

#include "gateway/model/bytes.hpp"

namespace leafgate::crypto {

// AES-128 in CFB mode with a feedback of 128 bits and an IV of zeros, as a TPM wraps objects with a key that
// is used once (TPM 2.0 library part 1, 11.4.11). `key` has 16 octets. Throws std::runtime_error only when
// OpenSSL itself is broken, or the key has another size.
[[nodiscard]] Bytes aes128_cfb_encrypt(ByteView key, ByteView data);

}  // namespace leafgate::crypto
