#include "gateway/ports/random.hpp"

#include <array>

namespace leafgate {

std::uint64_t Random::below(std::uint64_t bound) {
  std::array<std::uint8_t, 8> octets{};
  fill(octets);
  std::uint64_t value = 0;
  for (const std::uint8_t octet : octets) value = value << 8U | octet;
  return value % bound;
}

}  // namespace leafgate
