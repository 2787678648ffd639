#include "gateway/crypto/certificate_signature.hpp"

#include <memory>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"
#include "gateway/crypto/p256.hpp"
#include "gateway/crypto/p256_point.hpp"

namespace leafgate::crypto {
namespace {

constexpr int salt_octets = 32;

bool is_es256(EVP_PKEY* key, ByteView message, ByteView signature) {
  if (signature.size() != 2 * p256_number_octets) return false;
  const Bytes point = p256_point_of(key);
  return !point.empty() && is_p256_signature(point, message, signature.first(p256_number_octets),
                                             signature.last(p256_number_octets));
}

bool is_rsa(EVP_PKEY* key, SignatureScheme scheme, ByteView message, ByteView signature) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* settings = nullptr;
  if (!context || EVP_DigestVerifyInit(context.get(), &settings, EVP_sha256(), nullptr, key) != 1)
    return false;
  const bool pss = scheme == SignatureScheme::ps256;
  if (EVP_PKEY_CTX_set_rsa_padding(settings, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1)
    return false;
  if (pss && EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt_octets) != 1) return false;
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace

bool is_signed_by(const Certificate& certificate, SignatureScheme scheme, ByteView message,
                  ByteView signature) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate.native());
  if (key == nullptr || !certificate.has_acceptable_key()) return false;
  bool good = false;
  if (scheme == SignatureScheme::es256)
    good = certificate.key_kind() == KeyKind::p256 && is_es256(key, message, signature);
  else
    good = certificate.key_kind() == KeyKind::rsa && is_rsa(key, scheme, message, signature);
  (void)drain_errors();
  return good;
}

}  // namespace leafgate::crypto
