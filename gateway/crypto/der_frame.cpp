#include "gateway/crypto/der_frame.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace leafgate::crypto {
namespace {

constexpr std::uint8_t constructed = 0x20;
constexpr std::uint8_t long_form = 0x80;
constexpr std::uint8_t sequence = 0x30;
constexpr std::uint8_t tag_number = 0x1f;  // all bits set: the number follows
constexpr std::size_t deepest = 24;        // a certificate has eight or so

struct Value {
  std::uint8_t tag = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  bool shortest = false;  // its length could not be written shorter
};

// The value whose tag is at `at`; nothing when it does not end by `end`.
std::optional<Value> value_at(ByteView octets, std::size_t at, std::size_t end) {
  Value value;
  value.tag = octets[at++];
  if ((value.tag & tag_number) == tag_number) {
    while (at < end && (octets[at] & long_form) != 0) ++at;
    ++at;
  }
  if (at >= end) return std::nullopt;
  const std::uint8_t first = octets[at++];
  std::size_t length = first;
  if (first >= long_form) {
    const std::size_t digits = first - std::size_t{long_form};
    if (digits == 0 || digits > 4 || digits > end - at) return std::nullopt;  // 0: indefinite, BER
    value.shortest = octets[at] != 0;
    length = 0;
    for (std::size_t i = 0; i < digits; ++i) length = length << 8U | octets[at++];
    value.shortest = value.shortest && length >= long_form;
  } else {
    value.shortest = true;
  }
  if (length > end - at) return std::nullopt;
  value.begin = at;
  value.end = at + length;
  return value;
}

}  // namespace

bool is_framed_as_der(ByteView octets) {
  if (octets.empty() || octets.front() != sequence) return false;
  const auto whole = value_at(octets, 0, octets.size());
  if (!whole || whole->end != octets.size() || !whole->shortest) return false;
  std::array<std::size_t, deepest> ends{};
  std::size_t depth = 0;
  ends[0] = whole->end;
  std::size_t at = whole->begin;
  for (;;) {
    while (at == ends[depth]) {
      if (depth == 0) return true;
      --depth;
    }
    const auto value = value_at(octets, at, ends[depth]);
    if (!value) return false;
    at = value->end;
    if ((value->tag & constructed) == 0) continue;
    if (++depth == deepest) return false;
    ends[depth] = value->end;
    at = value->begin;
  }
}

}  // namespace leafgate::crypto
