#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leafgate::leaf {

// How a client writes the resource, which is also how it signs it (device sheet §3.1).
enum class SrStyle {
  upper,    // %2F, %3A: Python, C#, Node with TPM
  lower,    // %2f, %3a: C
  mixed,    // literal %2f between parts, %3A inside them: Embedded C
  raw,      // not encoded: Node, Java
  lowered,  // not encoded, all small letters: iot-identity-service
};

struct TokenShape {
  SrStyle sr = SrStyle::raw;
  bool lower_hex_signature = false;
  bool skn_before_se = false;
  const char* skn = nullptr;  // null = absent, "" = present and empty
  std::int64_t lifetime = 3600;
};

// `device_key` is base64. `now` in seconds since 1970. Throws std::invalid_argument when the key is not
// base64.
std::string make_token(const TokenShape& shape, std::string_view id_scope, std::string_view registration_id,
                       std::string_view device_key, std::int64_t now);

// base64(HMAC-SHA256(group key, registrationId as typed)). Throws std::invalid_argument.
std::string derive_key(std::string_view group_key, std::string_view registration_id);

std::string percent_encode(std::string_view text, bool upper_hex);

}  // namespace leafgate::leaf
