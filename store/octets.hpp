#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leafgate {

// How numbers and texts stand in the columns that hold more than one value (store/row_codec, store/tpm_codec)
// and in sealed blobs: numbers as LEB128, 7 bits an octet, lowest first; texts as a length and their octets.
void put_number(std::string& out, std::uint64_t number);
void put_text(std::string& out, std::string_view text);

[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63);
}
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>((number >> 1U) ^ (~(number & 1U) + 1U));
}

// Reads from the front; the first misfit makes everything after it fail: a number spelt longer than needed, a
// length past its bound, missing octets.
class Octets {
 public:
  explicit Octets(std::string_view left) : left_(left) {}

  std::uint8_t one();
  std::uint64_t number();
  std::string text(std::size_t longest);
  [[nodiscard]] std::string_view left() const { return left_; }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool ended() const { return good_ && left_.empty(); }

 private:
  std::string_view left_;
  bool good_ = true;
};

}  // namespace leafgate
