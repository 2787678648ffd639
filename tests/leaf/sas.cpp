#include "tests/leaf/sas.hpp"

#include <stdexcept>

#include "tests/leaf/encoding.hpp"

namespace leafgate::leaf {
namespace {

std::string decode(std::string_view text) {
  const auto key = from_base64(text);
  if (!key) throw std::invalid_argument("the key is not base64");
  return *key;
}

std::string signed_base64(std::string_view key, std::string_view message) {
  return base64(hmac_sha256(key, message));
}

std::string resource(SrStyle style, std::string_view scope, std::string_view id) {
  const std::string plain = std::string(scope) + "/registrations/" + std::string(id);
  switch (style) {
    case SrStyle::upper:
      return percent_encode(plain, true);
    case SrStyle::lower:
      return percent_encode(plain, false);
    case SrStyle::mixed:
      return percent_encode(scope, true) + "%2fregistrations%2f" + percent_encode(id, true);
    case SrStyle::raw:
      return plain;
    case SrStyle::lowered:
      break;
  }
  std::string small = plain;
  for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return small;
}

}  // namespace

std::string percent_encode(std::string_view text, bool upper_hex) {
  static constexpr std::string_view kept =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._";
  const std::string_view digits = upper_hex ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out;
  for (char c : text) {
    if (kept.find(c) != std::string_view::npos) {
      out.push_back(c);
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(digits[octet >> 4]);
    out.push_back(digits[octet & 15]);
  }
  return out;
}

std::string make_token(const TokenShape& shape, std::string_view id_scope, std::string_view registration_id,
                       std::string_view device_key, std::int64_t now) {
  const std::string sr = resource(shape.sr, id_scope, registration_id);
  const std::string se = std::to_string(now + shape.lifetime);
  const std::string sig =
      percent_encode(signed_base64(decode(device_key), sr + "\n" + se), !shape.lower_hex_signature);
  const std::string skn = shape.skn == nullptr ? std::string() : std::string("&skn=") + shape.skn;
  const std::string head = "SharedAccessSignature sr=" + sr + "&sig=" + sig;
  return shape.skn_before_se ? head + skn + "&se=" + se : head + "&se=" + se + skn;
}

std::string derive_key(std::string_view group_key, std::string_view registration_id) {
  return signed_base64(decode(group_key), registration_id);
}

}  // namespace leafgate::leaf
