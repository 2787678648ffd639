#include "gateway/crypto/random.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/rand.h>

#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/openssl_error.hpp"

namespace leafgate::crypto {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  constexpr std::size_t most = 1 << 20;  // RAND_bytes counts in int
  while (!out.empty()) {
    const std::size_t part = std::min(out.size(), most);
    if (RAND_bytes(out.data(), static_cast<int>(part)) != 1)
      throw std::runtime_error("random: " + drain_errors());
    out = out.subspan(part);
  }
}

std::string guid(const std::function<void(std::span<std::uint8_t>)>& fill) {
  std::array<std::uint8_t, 16> octets{};
  fill(octets);
  octets[6] = static_cast<std::uint8_t>((octets[6] & 0x0f) | 0x40);
  octets[8] = static_cast<std::uint8_t>((octets[8] & 0x3f) | 0x80);
  std::string out = hex(octets);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) out.insert(at, 1, '-');
  return out;
}

}  // namespace leafgate::crypto
