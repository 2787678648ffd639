#include "adapters/mqtt/utf8.hpp"

#include <cstdint>

namespace leafgate::mqtt {
namespace {

struct Lead {
  std::size_t following;  // octets that follow
  std::uint32_t bits;     // of the code point, from the first octet
  std::uint32_t least;    // code points below have a shorter form
};

// False when no code point begins with this octet.
bool read_lead(std::uint8_t octet, Lead& lead) {
  if ((octet & 0xE0U) == 0xC0U) {
    lead = {1, octet & 0x1FU, 0x80};
  } else if ((octet & 0xF0U) == 0xE0U) {
    lead = {2, octet & 0x0FU, 0x800};
  } else if ((octet & 0xF8U) == 0xF0U) {
    lead = {3, octet & 0x07U, 0x10000};
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool is_mqtt_text(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto first = static_cast<std::uint8_t>(text[at++]);
    if (first == 0) return false;
    if (first < 0x80) continue;
    Lead lead{};
    if (!read_lead(first, lead) || text.size() - at < lead.following) return false;
    std::uint32_t point = lead.bits;
    for (std::size_t i = 0; i < lead.following; ++i) {
      const auto next = static_cast<std::uint8_t>(text[at++]);
      if ((next & 0xC0U) != 0x80U) return false;
      point = (point << 6U) | (next & 0x3FU);
    }
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (point < lead.least || point > 0x10FFFF || surrogate) return false;
  }
  return true;
}

}  // namespace leafgate::mqtt
