#include "gateway/crypto/digest.hpp"

#include <stdexcept>

#include <openssl/evp.h>

#include "gateway/crypto/openssl_error.hpp"

namespace leafgate::crypto {

Digest sha256(ByteView data) {
  // Fetched once and never freed: fetching costs more than hashing, and the process needs it to its end.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Digest out{};
  if (!algorithm || EVP_Digest(data.data(), data.size(), out.data(), nullptr, algorithm, nullptr) != 1)
    throw std::runtime_error("SHA-256: " + drain_errors());
  return out;
}

std::string hex(ByteView data) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (const std::uint8_t octet : data) {
    out += digits[octet >> 4];
    out += digits[octet & 15];
  }
  return out;
}

}  // namespace leafgate::crypto
