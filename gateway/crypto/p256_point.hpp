#pragma once

#include "gateway/model/bytes.hpp"

struct evp_pkey_st;

namespace leafgate::crypto {

// For this room: the point of a key on P-256, uncompressed, however the key was written (RFC 5480 §2.2 lets a
// certificate have it compressed). Empty for every other key.
[[nodiscard]] Bytes p256_point_of(const evp_pkey_st* key);

}  // namespace leafgate::crypto
