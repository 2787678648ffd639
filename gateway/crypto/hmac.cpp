#include "gateway/crypto/hmac.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"

namespace leafgate::crypto {
namespace {

// A context that knows its digest and has no key yet. Each call works on a copy: that is twice as fast as the
// one-shot HMAC(), and freeing the copy wipes the key, which a context kept per thread would hold on to.
Owned<EVP_MAC_CTX> keyless() {
  EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  Owned<EVP_MAC_CTX> context(mac ? EVP_MAC_CTX_new(mac) : nullptr);
  EVP_MAC_free(mac);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  if (!context || EVP_MAC_CTX_set_params(context.get(), params) != 1)
    throw std::runtime_error("HMAC: " + drain_errors());
  return context;
}

}  // namespace

Digest hmac_sha256(ByteView key, ByteView message) {
  static const EVP_MAC_CTX* const blank = keyless().release();
  // OpenSSL reads a null key as "keep the one you have"; an empty key must not become that.
  static constexpr std::uint8_t nothing = 0;
  const Owned<EVP_MAC_CTX> context(EVP_MAC_CTX_dup(blank));
  Digest out{};
  std::size_t size = 0;
  if (!context ||
      EVP_MAC_init(context.get(), key.empty() ? &nothing : key.data(), key.size(), nullptr) != 1 ||
      EVP_MAC_update(context.get(), message.data(), message.size()) != 1 ||
      EVP_MAC_final(context.get(), out.data(), &size, out.size()) != 1 || size != out.size())
    throw std::runtime_error("HMAC: " + drain_errors());
  return out;
}

bool equal_in_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace leafgate::crypto
