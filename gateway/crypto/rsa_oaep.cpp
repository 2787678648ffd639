#include "gateway/crypto/rsa_oaep.hpp"

#include <memory>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"

namespace leafgate::crypto {
namespace {

Owned<EVP_PKEY> public_key(ByteView modulus) {
  constexpr unsigned exponent = 65'537;
  const Owned<BIGNUM> n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr));
  const Owned<BIGNUM> e(BN_new());
  const Owned<OSSL_PARAM_BLD> build(OSSL_PARAM_BLD_new());
  if (!n || !e || !build || BN_set_word(e.get(), exponent) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(build.get()));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return Owned<EVP_PKEY>(key);
}

// The context takes the copy over.
bool set_label(EVP_PKEY_CTX* context, std::string_view label) {
  void* const copy = OPENSSL_memdup(label.data(), label.size());
  if (copy != nullptr && EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, static_cast<int>(label.size())) == 1)
    return true;
  OPENSSL_free(copy);
  return false;
}

}  // namespace

Result<Bytes> rsa_oaep_sha256(ByteView modulus, std::string_view label, ByteView message) {
  const Owned<EVP_PKEY> key = public_key(modulus);
  const Owned<EVP_PKEY_CTX> context(key ? EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr) : nullptr);
  Bytes out(modulus.size());
  std::size_t size = out.size();
  if (!context || EVP_PKEY_encrypt_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md_name(context.get(), "SHA256", nullptr) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md_name(context.get(), "SHA256", nullptr) != 1 ||
      !set_label(context.get(), label) ||
      EVP_PKEY_encrypt(context.get(), out.data(), &size, message.data(), message.size()) != 1)
    return Error(Errc::malformed, "RSA-OAEP: " + drain_errors());
  out.resize(size);
  return out;
}

}  // namespace leafgate::crypto
