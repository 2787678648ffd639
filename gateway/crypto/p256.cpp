#include "gateway/crypto/p256.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "gateway/crypto/openssl_error.hpp"

namespace leafgate::crypto {
namespace {

constexpr std::size_t largest_pem = 4096;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(BIGNUM* number) const { BN_free(number); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

bool to_octets(const BIGNUM* number, Digest& out) {
  return number != nullptr &&
         BN_bn2binpad(number, out.data(), static_cast<int>(out.size())) == static_cast<int>(out.size());
}

bool take_number(const EVP_PKEY* key, const char* name, Digest& out) {
  BIGNUM* number = nullptr;
  const bool got = EVP_PKEY_get_bn_param(key, name, &number) == 1;
  const Owned<BIGNUM> owned(number);
  return got && to_octets(number, out);
}

int no_password(char*, int, int, void*) { return -1; }

}  // namespace

Result<P256Point> parse_p256_public_key(std::string_view pem) {
  if (pem.size() > largest_pem) return Error(Errc::too_large, "a public key above 4 KiB");
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Owned<EVP_PKEY> key(PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr));
  if (!key) return Error(Errc::malformed, "no public key in PEM: " + drain_errors());
  std::array<char, 32> group{};
  if (EVP_PKEY_is_a(key.get(), "EC") != 1 ||
      EVP_PKEY_get_utf8_string_param(key.get(), OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                     nullptr) != 1 ||
      std::string_view(group.data()) != "prime256v1") {
    (void)drain_errors();
    return Error(Errc::unsupported, "the key is not on the curve P-256");
  }
  P256Point point{};
  if (!take_number(key.get(), OSSL_PKEY_PARAM_EC_PUB_X, point.x) ||
      !take_number(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y, point.y))
    return Error(Errc::malformed, "a public key without a point: " + drain_errors());
  return point;
}

Result<P256Signature> parse_p256_signature(ByteView der) {
  const unsigned char* at = der.data();
  const Owned<ECDSA_SIG> parsed(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(std::min<std::size_t>(der.size(), 256))));
  P256Signature signature{};
  if (!parsed || at != der.data() + der.size() || !to_octets(ECDSA_SIG_get0_r(parsed.get()), signature.r) ||
      !to_octets(ECDSA_SIG_get0_s(parsed.get()), signature.s)) {
    (void)drain_errors();
    return Error(Errc::malformed, "not an ECDSA signature over P-256");
  }
  return signature;
}

}  // namespace leafgate::crypto
