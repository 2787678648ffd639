#pragma once

#include <cstddef>
#include <cstdint>

#include "gateway/model/bytes.hpp"

namespace leafgate {

// What a TPM marshals (TPM 2.0 Library Part 2): numbers, big endian, from the front. The first misfit makes
// everything after it zero or empty, and ended() false. Nothing is read beyond the end.
class TpmOctets {
 public:
  explicit TpmOctets(ByteView left) : left_(left) {}

  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (const std::uint8_t octet : take(size)) value = value << 8U | octet;
    return value;
  }
  std::uint16_t word() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t long_word() { return static_cast<std::uint32_t>(number(4)); }
  // A TPM2B: 16 bits of size before it.
  Bytes sized(std::size_t least = 0, std::size_t most = 0xffff) {
    const std::size_t size = word();
    if (size < least || size > most) good_ = false;
    const ByteView octets = take(size);
    return {octets.begin(), octets.end()};
  }
  void expect(std::uint64_t value, std::size_t size) {
    if (number(size) != value) good_ = false;
  }
  [[nodiscard]] bool ended() const { return good_ && left_.empty(); }

 private:
  ByteView take(std::size_t size) {
    if (size > left_.size()) good_ = false;
    if (!good_) return {};
    const ByteView out = left_.first(size);
    left_ = left_.subspan(size);
    return out;
  }
  ByteView left_;
  bool good_ = true;
};

}  // namespace leafgate
