#include "gateway/crypto/guid.hpp"

#include "gateway/crypto/digest.hpp"

namespace leafgate::crypto {

std::string guid(std::array<std::uint8_t, 16> octets) {
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0FU) | 0x40U);
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3FU) | 0x80U);
  std::string text = hex(octets);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace leafgate::crypto
