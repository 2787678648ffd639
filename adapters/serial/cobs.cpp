#include "adapters/serial/cobs.hpp"

namespace leafgate::serial {
namespace {

constexpr std::uint8_t longest_run = 0xff;  // a code that no zero follows

}  // namespace

void cobs_encode(ByteView raw, Bytes& out) {
  std::size_t code_at = out.size();
  std::uint8_t code = 1;
  out.push_back(0);
  for (const std::uint8_t octet : raw) {
    if (octet != 0) {
      out.push_back(octet);
      ++code;
    }
    if (octet == 0 || code == longest_run) {
      out[code_at] = code;
      code_at = out.size();
      code = 1;
      out.push_back(0);
    }
  }
  out[code_at] = code;
}

std::optional<std::size_t> cobs_decode(ByteView block, std::span<std::uint8_t> into) {
  if (block.empty()) return std::nullopt;
  std::size_t size = 0;
  std::size_t at = 0;
  while (at < block.size()) {
    const std::uint8_t code = block[at++];
    const std::size_t run = code - std::size_t{1};
    if (code == 0 || run > block.size() - at || run > into.size() - size) return std::nullopt;
    for (const std::uint8_t octet : block.subspan(at, run)) {
      if (octet == 0) return std::nullopt;
      into[size++] = octet;
    }
    at += run;
    if (code == longest_run || at == block.size()) continue;
    if (size == into.size()) return std::nullopt;
    into[size++] = 0;
  }
  return size;
}

}  // namespace leafgate::serial
