#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace leafgate::device {

using Octets = std::string;  // of any kind, as the rest of this program hands them on

// What ends with the process or by OpenSSL's own hand.
struct Freed {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};

// The three digests of the leaf library: SHA-256 twice and HMAC-SHA-256 with the device key, side by side.
// Throws std::runtime_error where OpenSSL cannot.
class Digests {
 public:
  explicit Digests(std::string_view device_key = {});

  void start(int digest);
  void add(int digest, const std::uint8_t* octets, std::size_t size);
  void end(int digest, std::uint8_t out[32]);

 private:
  Octets key_;
  std::array<std::unique_ptr<EVP_MD_CTX, Freed>, 2> hashes_;
  std::unique_ptr<EVP_MAC_CTX, Freed> mac_;
};

Octets sha256(std::string_view octets);
Octets hmac_sha256(std::string_view key, std::string_view octets);

}  // namespace leafgate::device
