#include "adapters/wire/cbor_reader.hpp"

#include <limits>
#include <string>

namespace leafgate::wire {
namespace {

constexpr std::uint8_t simple_false = 0xf4;
constexpr std::uint8_t simple_true = 0xf5;
constexpr std::uint8_t simple_null = 0xf6;

// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(ByteView octets) {
  for (std::size_t at = 0; at < octets.size();) {
    const unsigned first = octets[at++];
    if (first < 0x80) continue;
    unsigned more = 1;
    unsigned least = 0x80;
    if (first >= 0xf0) {
      more = 3;
      least = 0x10000;
    } else if (first >= 0xe0) {
      more = 2;
      least = 0x800;
    }
    if (first < 0xc2 || first > 0xf4 || octets.size() - at < more) return false;
    unsigned point = first & (0x3fU >> more);
    for (; more > 0; --more) {
      const unsigned next = octets[at++];
      if ((next & 0xc0U) != 0x80) return false;
      point = (point << 6U) | (next & 0x3fU);
    }
    if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
  }
  return true;
}

}  // namespace

Error CborReader::malformed(std::string_view what) const {
  return {Errc::malformed, std::string(what) + " at octet " + std::to_string(at_)};
}

Result<CborReader::Head> CborReader::head() {
  if (at_ >= input_.size()) return malformed("ends too early");
  const unsigned first = input_[at_];
  Head head;
  head.major = first >> 5U;
  const unsigned code = first & 0x1fU;
  if (code < 24) {
    head.value = code;
    ++at_;
    return head;
  }
  if (code > 27) return malformed("an indefinite or reserved length");
  const std::size_t size = std::size_t{1} << (code - 24);
  if (input_.size() - at_ - 1 < size) return malformed("ends too early");
  for (std::size_t i = 1; i <= size; ++i) head.value = (head.value << 8U) | input_[at_ + i];
  constexpr std::uint64_t least_of_one = 24;
  const std::uint64_t least = size == 1 ? least_of_one : std::uint64_t{1} << (4 * size);
  if (head.value < least) return malformed("a number that is not in its shortest form");
  at_ += 1 + size;
  return head;
}

Result<std::uint64_t> CborReader::head_of(unsigned major, std::string_view what) {
  const std::size_t begin = at_;
  const auto read = head();
  if (!read) return read.error();
  if (read->major != major) {
    at_ = begin;
    return malformed(std::string("no ") + std::string(what));
  }
  return read->value;
}

Result<std::int64_t> CborReader::integer() {
  const std::size_t begin = at_;
  const auto read = head();
  if (!read) return read.error();
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (read->major > 1 || read->value > most) {
    at_ = begin;
    return malformed("no integer");
  }
  const auto value = static_cast<std::int64_t>(read->value);
  return read->major == 0 ? value : -1 - value;
}

Result<ByteView> CborReader::take(std::uint64_t size, std::size_t least, std::size_t most) {
  if (size < least) return malformed("too short");
  if (size > most) return malformed("too long");
  if (size > input_.size() - at_) return malformed("ends too early");
  const ByteView taken = input_.subspan(at_, static_cast<std::size_t>(size));
  at_ += taken.size();
  return taken;
}

Result<ByteView> CborReader::octets(std::size_t least, std::size_t most) {
  const auto size = head_of(2, "byte string");
  if (!size) return size.error();
  return take(*size, least, most);
}

Result<std::string_view> CborReader::text(std::size_t least, std::size_t most) {
  const auto size = head_of(3, "text");
  if (!size) return size.error();
  const auto taken = take(*size, least, most);
  if (!taken) return taken.error();
  if (!is_utf8(*taken)) return malformed("text that is not UTF-8");
  return as_text(*taken);
}

Result<std::size_t> CborReader::array(std::size_t most) {
  const auto size = head_of(4, "array");
  if (!size) return size.error();
  if (*size > most) return malformed("too many elements");
  return static_cast<std::size_t>(*size);
}

Result<std::size_t> CborReader::map(std::size_t most) {
  const auto size = head_of(5, "map");
  if (!size) return size.error();
  if (*size > most) return malformed("too many entries");
  return static_cast<std::size_t>(*size);
}

Result<bool> CborReader::boolean() {
  if (at_ < input_.size() && (input_[at_] == simple_false || input_[at_] == simple_true))
    return input_[at_++] == simple_true;
  return malformed("no boolean");
}

Result<void> CborReader::null() {
  if (at_ >= input_.size() || input_[at_] != simple_null) return malformed("no null");
  ++at_;
  return {};
}

}  // namespace leafgate::wire
