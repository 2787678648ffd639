#include "gateway/crypto/aes_cfb.hpp"

#include <array>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"

namespace leafgate::crypto {
Bytes aes128_cfb_encrypt(ByteView key, ByteView data) {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CFB", nullptr);
  static constexpr std::array<std::uint8_t, 16> zeros{};
  if (key.size() != 16) throw std::runtime_error("AES-128: the key has another size");
  const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  Bytes out(data.size());
  int size = 0;
  if (!context || EVP_EncryptInit_ex2(context.get(), cipher, key.data(), zeros.data(), nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), out.data(), &size, data.data(), static_cast<int>(data.size())) != 1)
    throw std::runtime_error("AES-128-CFB: " + drain_errors());
  return out;
}

}  // namespace leafgate::crypto
