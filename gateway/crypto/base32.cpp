#include "gateway/crypto/base32.hpp"

#include <string_view>

namespace leafgate::crypto::base32 {

std::string encode_lower(ByteView data) {
  constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  out.reserve((data.size() * 8 + 4) / 5);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::uint8_t octet : data) {
    bits = bits << 8 | octet;
    for (held += 8; held >= 5; held -= 5) out += alphabet[bits >> (held - 5) & 31];
    bits &= 31;
  }
  if (held > 0) out += alphabet[bits << (5 - held) & 31];
  return out;
}

}  // namespace leafgate::crypto::base32
