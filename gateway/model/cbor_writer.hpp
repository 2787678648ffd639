#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "gateway/model/bytes.hpp"

namespace leafgate {

// Writes deterministic CBOR (RFC 8949 §4.2): shortest heads, definite lengths. The order of map keys is the
// caller's: ascending. Knows what the leaf link and COSE say, and no more.
class CborWriter {
 public:
  CborWriter& integer(std::int64_t value) {
    if (value >= 0) return head(0, static_cast<std::uint64_t>(value));
    return head(1, static_cast<std::uint64_t>(-(value + 1)));
  }
  CborWriter& octets(ByteView value) { return head(2, value.size()).raw(value); }
  CborWriter& text(std::string_view value) { return head(3, value.size()).raw(as_bytes(value)); }
  CborWriter& array(std::size_t elements) { return head(4, elements); }
  CborWriter& map(std::size_t entries) { return head(5, entries); }
  CborWriter& null() { return octet(0xf6); }
  CborWriter& boolean(bool value) { return octet(value ? 0xf5 : 0xf4); }
  // What is CBOR already.
  CborWriter& raw(ByteView encoded) {
    out_.insert(out_.end(), encoded.begin(), encoded.end());
    return *this;
  }

  [[nodiscard]] const Bytes& written() const { return out_; }
  [[nodiscard]] Bytes take() { return std::move(out_); }

 private:
  CborWriter& octet(unsigned value) {
    out_.push_back(static_cast<std::uint8_t>(value));
    return *this;
  }
  CborWriter& head(unsigned major, std::uint64_t value) {
    constexpr std::uint64_t inside = 24;
    const unsigned type = major << 5U;
    if (value < inside) return octet(type | static_cast<unsigned>(value));
    unsigned size = 1;
    if (value > 0xff) size = 2;
    if (value > 0xffff) size = 4;
    if (value > 0xffff'ffff) size = 8;
    const unsigned code = size == 1 ? 24U : size == 2 ? 25U : size == 4 ? 26U : 27U;
    octet(type | code);
    for (unsigned at = size; at > 0; --at) octet(static_cast<unsigned>(value >> (8U * (at - 1))) & 0xffU);
    return *this;
  }

  Bytes out_;
};

}  // namespace leafgate
