#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace leafgate::standin {

using WallTime = std::chrono::system_clock::time_point;

std::string base64_encode(std::string_view bytes);
// Strict: padding needed, no white space; nothing on any defect.
std::optional<std::string> base64_decode(std::string_view text);

// All but A-Z a-z 0-9 - . _ ~ as %XX in capitals.
std::string percent_encode(std::string_view text);
// %XX in either case; a '+' stays a '+', since base64 inside a token may carry one bare.
// Nothing when a '%' is not followed by two hex digits.
std::optional<std::string> percent_decode(std::string_view text);

std::string hmac_sha256(std::string_view key, std::string_view message);
bool equal_constant_time(std::string_view a, std::string_view b);

std::string lower(std::string_view text);
std::uint64_t fnv1a(std::string_view text);
std::uint64_t random_u64();
std::string random_guid();

// RFC 3339 UTC with 7 fractional digits and Z, as the service writes its dates.
std::string service_date(WallTime at);

// Shell-like pattern with '*' and '?' only; both sides are compared as given.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace leafgate::standin
