#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace leafgate::standin {

// A SharedAccessSignature as it came on the wire. `sr` and `se` stay raw: the signature covers their
// text as sent, and four SDK families encode one resource in four ways (sheet §3.1).
struct SasToken {
  std::string sr;
  std::string se;
  std::string signature;  // decoded bytes
  std::string skn;
  std::int64_t expires = 0;  // seconds since 1970
  std::string resource;      // sr, percent-decoded
};

// Nothing when a field is missing, doubled, or cannot be decoded. Whether the skn is right is the caller's
// business: a device names "registration" or nothing, a reader of the service API its policy.
std::optional<SasToken> parse_sas(std::string_view header);

// Which encoding family made this sr: "upper", "lower", "mixed", "raw" or "lowered" (raw, all small letters).
std::string sr_style(const SasToken& token, std::string_view id_scope);

// True when one of the base64 keys made the signature.
bool signed_by(const SasToken& token, const std::vector<std::string>& device_keys);

// base64(HMAC-SHA256(group key, id)); nothing when the group key is not base64.
std::optional<std::string> derive_device_key(std::string_view group_key, std::string_view registration_id);

}  // namespace leafgate::standin
