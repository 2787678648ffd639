#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace leafgate::leaf {

std::string base64(std::string_view octets);
std::optional<std::string> from_base64(std::string_view text);  // nothing for an empty text either
// RFC 4648, small letters, no padding.
std::string base32(std::string_view octets);

std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace leafgate::leaf
