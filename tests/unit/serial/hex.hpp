#pragma once

#include <string>
#include <string_view>

#include "gateway/model/bytes.hpp"

namespace leafgate::serial {

// Octets as the protocol sheets write them; blanks do not count.
inline Bytes from_hex(std::string_view text) {
  Bytes octets;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      octets.push_back(static_cast<std::uint8_t>(high << 4 | digit));
      high = -1;
    }
  }
  return octets;
}

inline std::string to_hex(ByteView octets) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t octet : octets) {
    text += digits[octet >> 4U];
    text += digits[octet & 15U];
  }
  return text;
}

// from, from + 1, ... to
inline Bytes run_of(unsigned from, unsigned to) {
  Bytes octets;
  for (unsigned value = from; value <= to; ++value) octets.push_back(static_cast<std::uint8_t>(value));
  return octets;
}

}  // namespace leafgate::serial
