#pragma once

#include <cstddef>
#include <string_view>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/bytes.hpp"

namespace leafgate::crypto {

// KDFa of a TPM with SHA-256: NIST SP 800-108 in counter mode over HMAC (TPM 2.0 library part 1, 11.4.10.2).
// `label` without its final zero. `bits` is a multiple of 8.
[[nodiscard]] Secret kdfa_sha256(ByteView key, std::string_view label, ByteView context_u, ByteView context_v,
                                 std::size_t bits);

}  // namespace leafgate::crypto
