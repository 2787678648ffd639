#include "gateway/model/utf8.hpp"

#include <algorithm>
#include <array>

namespace leafgate {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

struct Range {
  std::uint32_t first;
  std::uint32_t last;
};

// In ascending order, all three.
constexpr auto unseen = std::to_array<Range>({
    {0x0, 0x1f},         {0x7f, 0x9f},     {0xad, 0xad},     {0x34f, 0x34f},   {0x61c, 0x61c},
    {0x115f, 0x1160},    {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f}, {0x2028, 0x202e},
    {0x2060, 0x206f},    {0x3164, 0x3164}, {0xe000, 0xf8ff}, {0xfdd0, 0xfdef}, {0xfe00, 0xfe0f},
    {0xfeff, 0xfeff},    {0xffa0, 0xffa0}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0x1fffe, 0x1ffff},
    {0xe0000, 0x10ffff},
});
constexpr auto combining = std::to_array<Range>({
    {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x5bf, 0x5bf},   {0x5c1, 0x5c2},
    {0x5c4, 0x5c5},   {0x610, 0x61a},   {0x64b, 0x65f},   {0x670, 0x670},   {0x6d6, 0x6dc},
    {0x6df, 0x6e4},   {0x900, 0x902},   {0x93c, 0x93c},   {0x941, 0x948},   {0x94d, 0x94d},
    {0xe31, 0xe31},   {0xe34, 0xe3a},   {0xe47, 0xe4e},   {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},
    {0x20d0, 0x20ff}, {0x302a, 0x302d}, {0x3099, 0x309a}, {0xfe20, 0xfe2f},
});
constexpr auto wide = std::to_array<Range>({
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x2e80, 0x303e},
    {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},   {0xa000, 0xa4cf},   {0xa960, 0xa97f},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
});

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, std::uint32_t point) {
  const auto at =
      std::find_if(ranges.begin(), ranges.end(), [point](const Range& r) { return point <= r.last; });
  return at != ranges.end() && point >= at->first;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto octet = [text](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::uint32_t first = octet(at);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xf5 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (size == 0 || at + size > text.size()) return {};
  std::uint32_t point = first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    const std::uint32_t next = octet(at + i);
    if ((next & 0xc0U) != 0x80U) return {};
    point = point << 6U | (next & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
  if (point < least.at(size) || point > 0x10ffff || is_surrogate) return {};
  return {point, size};
}

bool is_unseen(std::uint32_t point) { return is_in(unseen, point); }

std::size_t columns_of(std::uint32_t point) {
  if (point < 0x300) return 1;
  return is_in(combining, point) ? 0 : is_in(wide, point) ? 2 : 1;
}

std::string named_point(std::uint32_t point) {
  std::string digits;
  for (; point > 0 || digits.empty(); point >>= 4U) digits.insert(digits.begin(), hex[point & 15U]);
  return "\\u{" + digits + "}";
}

std::string named_octet(char octet) {
  const auto value = static_cast<unsigned char>(octet);
  return std::string("\\x") + hex[value >> 4U] + hex[value & 15U];
}

}  // namespace leafgate
