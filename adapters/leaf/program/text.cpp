#include "adapters/leaf/program/text.hpp"

#include <cstdint>
#include <fstream>
#include <stdexcept>

#include <openssl/evp.h>

namespace leafgate::device {
namespace {

constexpr std::size_t longest_file = 65536;

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = value_of(hex[i]);
    const int low = value_of(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

std::string base64(std::string_view octets) {
  std::string out((octets.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(bytes(out), bytes(octets), static_cast<int>(octets.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string base32(std::string_view octets) {
  static constexpr char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string out;
  std::uint32_t held = 0;
  unsigned bits = 0;
  for (const char octet : octets) {
    held = held << 8U | static_cast<unsigned char>(octet);
    for (bits += 8; bits >= 5; bits -= 5) out.push_back(letters[held >> (bits - 5) & 31U]);
  }
  if (bits != 0) out.push_back(letters[held << (5 - bits) & 31U]);
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const int size = EVP_DecodeBlock(bytes(out), bytes(text), static_cast<int>(text.size()));
  if (size < 0 || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  out.resize(static_cast<std::size_t>(size) - padding);
  if (base64(out) != text) return std::nullopt;
  return out;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(longest_file + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad() || text.size() > longest_file)
    throw std::runtime_error("cannot read " + path);
  return text;
}

std::string read_line(const std::string& path) {
  std::string text = read_file(path);
  text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  if (text.empty()) throw std::runtime_error(path + " begins with an empty line");
  return text;
}

JsonLine& JsonLine::add(std::string_view name, std::string_view text) { return raw(name, quoted(text)); }

JsonLine& JsonLine::raw(std::string_view name, std::string_view json) {
  if (!members_.empty()) members_ += ",";
  members_ += quoted(name) + ":" + std::string(json);
  return *this;
}

std::string quoted(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      out.push_back('\\');
      out.push_back(letter);
    } else if (code < 0x20 || code == 0x7f) {
      out += "\\u00";
      out.push_back(digits[code >> 4U]);
      out.push_back(digits[code & 15U]);
    } else {
      out.push_back(letter);
    }
  }
  return out + "\"";
}

}  // namespace leafgate::device
