#include "adapters/serial/crc32c.hpp"

#include <array>

namespace leafgate::serial {
namespace {

constexpr std::uint32_t reflected_polynomial = 0x82f6'3b78;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t octet = 0; octet < table.size(); ++octet) {
    std::uint32_t value = octet;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1U) != 0 ? value >> 1U ^ reflected_polynomial : value >> 1U;
    table[octet] = value;
  }
  return table;
}

constexpr auto table = make_table();

}  // namespace

std::uint32_t crc32c(ByteView octets) {
  std::uint32_t value = 0xffff'ffff;
  for (const std::uint8_t octet : octets) value = value >> 8U ^ table[(value ^ octet) & 0xffU];
  return ~value;
}

}  // namespace leafgate::serial
