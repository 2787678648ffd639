#include "gateway/crypto/base64.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace leafgate::crypto::base64 {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t foreign = 0xff;

constexpr std::array<std::uint8_t, 256> values = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(foreign);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    out[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return out;
}();

// How many octets `text` stands for, judging its length and padding alone.
Result<std::size_t> decoded_size(std::string_view text) {
  if (text.size() % 4 != 0) return Error(Errc::malformed, "base64 is not a multiple of 4 characters");
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  return text.size() / 4 * 3 - padding;
}

// `out` is as large as decoded_size says. The last group is filled with zero bits where the padding stands.
Result<void> decode_into(std::string_view text, std::span<std::uint8_t> out) {
  const std::size_t digits = (out.size() * 8 + 5) / 6;
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t written = 0;
  for (const char c : text.substr(0, digits)) {
    const std::uint8_t value = values[static_cast<std::uint8_t>(c)];
    if (value == foreign) return Error(Errc::malformed, "base64 has a foreign character");
    bits = bits << 6 | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[written++] = static_cast<std::uint8_t>(bits >> held);
    bits &= (1U << held) - 1;
  }
  if (bits != 0) return Error(Errc::malformed, "base64 has unused bits that are set");
  return {};
}

}  // namespace

std::string encode(ByteView data) {
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::uint8_t octet : data) {
    bits = bits << 8 | octet;
    for (held += 8; held >= 6; held -= 6) out += alphabet[bits >> (held - 6) & 63];
    bits &= 63;
  }
  if (held > 0) out += alphabet[bits << (6 - held) & 63];
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

Result<Bytes> decode(std::string_view text) {
  const auto size = decoded_size(text);
  if (!size) return size.error();
  Bytes out(*size);
  if (const auto done = decode_into(text, out); !done) return done.error();
  return out;
}

Result<Secret> decode_secret(std::string_view text) {
  const auto size = decoded_size(text);
  if (!size) return size.error();
  Secret out(*size);
  if (const auto done = decode_into(text, out.writable()); !done) return done.error();
  return out;
}

}  // namespace leafgate::crypto::base64
