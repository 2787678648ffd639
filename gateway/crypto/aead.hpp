#pragma once

#include <array>
#include <cstdint>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::crypto {

// AES-256-GCM (NIST SP 800-38D): octets nobody can read or change without the key, bound to others that are
// known anyway. About 1 µs for a short text. Any thread; throws std::runtime_error only when OpenSSL itself
// is broken.
inline constexpr std::size_t aead_key_octets = 32;
inline constexpr std::size_t aead_tag_octets = 16;
using AeadNonce = std::array<std::uint8_t, 12>;

// The ciphertext, as long as `plain`, and its tag. Never twice with one key and one nonce for different
// texts: that gives away both, and the key of the tag. `key` has aead_key_octets.
[[nodiscard]] Bytes aead_seal(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView plain);

// Errors: refused (another key, nonce or associated data, or something was changed; which of these, nobody
// can say), malformed (too short for a tag).
Result<Secret> aead_open(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView sealed);

}  // namespace leafgate::crypto
