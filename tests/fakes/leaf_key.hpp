#pragma once

#include <memory>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "gateway/model/leaf_signature.hpp"

namespace leafgate {

// r and s of a DER signature over P-256, 32 octets each.
inline Bytes raw_p256(ByteView der) {
  const unsigned char* at = der.data();
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> parsed(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
  Bytes raw(64);
  BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), raw.data(), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(parsed.get()), raw.data() + 32, 32);
  return raw;
}

// Signs as a leaf does: from the message, or from its hash alone.
inline Bytes sign_as_leaf(EVP_PKEY* key, const SignRequest& request, bool hash_only = false) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key, nullptr),
                                                                            EVP_PKEY_CTX_free);
  std::array<std::uint8_t, 32> hash = request.hash;
  if (!hash_only)
    EVP_Digest(request.message.data(), request.message.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
  EVP_PKEY_sign_init(context.get());
  EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256());
  if (request.scheme == SignatureScheme::ps256) {
    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST);
  }
  if (request.scheme == SignatureScheme::rs256)
    EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING);
  Bytes out(1024);
  std::size_t size = out.size();
  if (EVP_PKEY_sign(context.get(), out.data(), &size, hash.data(), hash.size()) != 1)
    throw std::runtime_error("the leaf's key does not sign");
  out.resize(size);
  return request.scheme == SignatureScheme::es256 ? raw_p256(out) : out;
}

}  // namespace leafgate
