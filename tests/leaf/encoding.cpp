#include "tests/leaf/encoding.hpp"

#include <algorithm>

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace leafgate::leaf {
namespace {

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string base64(std::string_view octets) {
  std::string text(4 * ((octets.size() + 2) / 3) + 1, '\0');
  text.resize(
      static_cast<std::size_t>(EVP_EncodeBlock(bytes(text), bytes(octets), static_cast<int>(octets.size()))));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string octets(text.size() / 4 * 3 + 3, '\0');
  const int size = EVP_DecodeBlock(bytes(octets), bytes(text), static_cast<int>(text.size()));
  if (size < 0 || text.empty()) return std::nullopt;
  // EVP_DecodeBlock counts the octets that padding stands for.
  const auto padding = static_cast<std::size_t>(std::count(
      text.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, text.size())), text.end(), '='));
  octets.resize(static_cast<std::size_t>(size) - padding);
  return octets;
}

std::string base32(std::string_view octets) {
  static constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  unsigned bits = 0;
  unsigned held = 0;
  for (const char c : octets) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) out += alphabet[(bits >> (held - 5)) & 31U];
    bits &= (1U << held) - 1;
  }
  if (held > 0) out += alphabet[(bits << (5 - held)) & 31U];
  return out;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string digest(32, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(), bytes(digest),
       nullptr);
  return digest;
}

}  // namespace leafgate::leaf
