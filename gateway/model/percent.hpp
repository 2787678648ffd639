#pragma once

#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

namespace leafgate {

// RFC 3986 §2.1: everything outside A-Z a-z 0-9 - . _ ~ as %XX in upper case.
[[nodiscard]] std::string percent_encode(std::string_view text);

// Strict: every '%' is followed by two hex digits of either case; '+' stays '+'. Any octet may come out, also
// NUL. Errors: malformed.
Result<std::string> percent_decode(std::string_view text);

}  // namespace leafgate
