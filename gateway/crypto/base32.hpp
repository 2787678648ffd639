#pragma once

#include <string>

#include "gateway/model/bytes.hpp"

namespace leafgate::crypto::base32 {

// RFC 4648 §6 in lower case and without padding, as DPS names a TPM by its endorsement key.
[[nodiscard]] std::string encode_lower(ByteView data);

}  // namespace leafgate::crypto::base32
