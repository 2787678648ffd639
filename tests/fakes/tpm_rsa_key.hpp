#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "gateway/model/bytes.hpp"

namespace leafgate {

// An RSA key of 2,048 bits with the exponent 65537, as a TPM holds one.
class TpmRsaKey {
 public:
  virtual ~TpmRsaKey() = default;
  [[nodiscard]] virtual Bytes modulus() const = 0;  // 256 octets
  // RSA-OAEP with SHA-256 and this label; empty where anything is wrong.
  [[nodiscard]] virtual Bytes decrypt(const Bytes& sealed, const std::string& label) const = 0;
};

// One as TPMs make it.
class FullRsaKey final : public TpmRsaKey {
 public:
  FullRsaKey() : key_(EVP_RSA_gen(2048), EVP_PKEY_free) {
    if (!key_) throw std::runtime_error("no RSA key");
  }

  [[nodiscard]] Bytes modulus() const override {
    BIGNUM* n = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), OSSL_PKEY_PARAM_RSA_N, &n);
    Bytes out(256);
    BN_bn2binpad(n, out.data(), 256);
    BN_free(n);
    return out;
  }
  [[nodiscard]] Bytes decrypt(const Bytes& sealed, const std::string& label) const override {
    Bytes out(256);
    std::size_t size = out.size();
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new(key_.get(), nullptr);
    bool good = EVP_PKEY_decrypt_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
                EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
                EVP_PKEY_CTX_set0_rsa_oaep_label(context, OPENSSL_memdup(label.data(), label.size()),
                                                 static_cast<int>(label.size())) == 1;
    good = good && EVP_PKEY_decrypt(context, out.data(), &size, sealed.data(), sealed.size()) == 1;
    EVP_PKEY_CTX_free(context);
    out.resize(good ? size : 0);
    return out;
  }

 private:
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

}  // namespace leafgate
