#pragma once

#include <string>
#include <string_view>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

namespace leafgate::crypto::base64 {

// RFC 4648 §4: standard alphabet, padded, no line breaks.
[[nodiscard]] std::string encode(ByteView data);

// Strict: one text for each octet string, so no white space, no URL alphabet, no missing or surplus padding,
// no unused bits that are set (RFC 4648 §3.5). Errors: malformed.
Result<Bytes> decode(std::string_view text);

// The same for keys: the octets are wiped after use.
Result<Secret> decode_secret(std::string_view text);

}  // namespace leafgate::crypto::base64
