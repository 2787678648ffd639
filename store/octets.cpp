#include "store/octets.hpp"

namespace leafgate {

void put_number(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out.push_back(static_cast<char>(0x80U | (number & 0x7fU)));
    number >>= 7U;
  }
  out.push_back(static_cast<char>(number));
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out.append(text);
}

std::uint64_t Octets::number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t octet = one();
    const std::uint64_t bits = octet & 0x7fU;
    if (shift == 63 && bits > 1) break;
    value |= bits << shift;
    if (octet >= 0x80) continue;
    if (octet == 0 && shift > 0) break;  // a longer spelling than needed
    return value;
  }
  good_ = false;
  return 0;
}

std::string Octets::text(std::size_t longest) {
  const std::uint64_t size = number();
  if (size > longest || size > left_.size()) good_ = false;
  if (!good_) return {};
  std::string out(left_.substr(0, size));
  left_.remove_prefix(size);
  return out;
}

std::uint8_t Octets::one() {
  if (left_.empty()) good_ = false;
  if (!good_) return 0;
  const auto octet = static_cast<std::uint8_t>(left_.front());
  left_.remove_prefix(1);
  return octet;
}

}  // namespace leafgate
