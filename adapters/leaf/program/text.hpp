#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leafgate::device {

// As OpenSSL takes octets.
[[nodiscard]] inline const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
[[nodiscard]] inline unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::optional<std::string> from_hex(std::string_view hex);
std::string base64(std::string_view octets);
std::string base32(std::string_view octets);  // lower case, without padding, as DPS writes an id from an EK
// Strict: padded, nothing between.
std::optional<std::string> from_base64(std::string_view text);

// The whole file, up to 64 KiB. Throws std::runtime_error.
std::string read_file(const std::string& path);
// Its first line. Throws std::runtime_error, also where that is empty.
std::string read_line(const std::string& path);

// A JSON object in one line, its members in the order in which they come. A value that is JSON already goes
// in by `raw`.
class JsonLine {
 public:
  JsonLine& add(std::string_view name, std::string_view text);
  JsonLine& raw(std::string_view name, std::string_view json);
  [[nodiscard]] std::string text() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};
std::string quoted(std::string_view text);

}  // namespace leafgate::device
