#include "tests/leaf/sas.hpp"

#include <array>
#include <stdexcept>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace leafgate::leaf {
namespace {

using Bytes = std::vector<unsigned char>;

Bytes decode(std::string_view text) {
  Bytes bytes(text.size() / 4 * 3 + 3);
  const int n = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                static_cast<int>(text.size()));
  if (n < 0 || text.empty()) throw std::invalid_argument("the key is not base64");
  // EVP_DecodeBlock counts the octets that padding stands for.
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  bytes.resize(static_cast<std::size_t>(n) - padding);
  return bytes;
}

std::string signed_base64(const Bytes& key, std::string_view message) {
  std::array<unsigned char, 32> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(), &length);
  std::array<unsigned char, 48> text{};
  const int n = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(length));
  return {text.begin(), text.begin() + n};
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
