#include "gateway/crypto/kdfa.hpp"

#include <algorithm>

#include "gateway/crypto/hmac.hpp"

namespace leafgate::crypto {
namespace {

void append_number(Bytes& out, std::size_t number) {
  for (const unsigned shift : {24U, 16U, 8U, 0U}) out.push_back(static_cast<std::uint8_t>(number >> shift));
}

}  // namespace

Secret kdfa_sha256(ByteView key, std::string_view label, ByteView context_u, ByteView context_v,
                   std::size_t bits) {
  Bytes fixed(label.begin(), label.end());
  fixed.push_back(0);
  fixed.insert(fixed.end(), context_u.begin(), context_u.end());
  fixed.insert(fixed.end(), context_v.begin(), context_v.end());
  append_number(fixed, bits);
  Secret out(bits / 8);
  const auto octets = out.writable();
  for (std::size_t written = 0, counter = 1; written < octets.size(); ++counter) {
    Bytes message;
    append_number(message, counter);
    message.insert(message.end(), fixed.begin(), fixed.end());
    const Secret block{ByteView(hmac_sha256(key, message))};
    const std::size_t size = std::min(block.size(), octets.size() - written);
    std::copy_n(block.view().begin(), size, octets.begin() + static_cast<std::ptrdiff_t>(written));
    written += size;
  }
  return out;
}

}  // namespace leafgate::crypto
