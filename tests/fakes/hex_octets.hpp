#pragma once

#include <stdexcept>
#include <string_view>

#include "gateway/model/bytes.hpp"

namespace leafgate {

// Of lower-case hex, as test vectors are written.
inline Bytes hex_octets(std::string_view hex) {
  const auto digit = [](char c) -> unsigned {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
    throw std::logic_error("no hex");
  };
  if (hex.size() % 2 != 0) throw std::logic_error("half an octet");
  Bytes out;
  for (std::size_t at = 0; at < hex.size(); at += 2)
    out.push_back(static_cast<std::uint8_t>(digit(hex[at]) << 4U | digit(hex[at + 1])));
  return out;
}

}  // namespace leafgate
