#include "adapters/leaf/program/keys.hpp"

#include <cstdio>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "adapters/leaf/leafgate_leaf.h"
#include "adapters/leaf/program/text.hpp"

namespace leafgate::device {
namespace {

constexpr std::size_t half = 32;  // of an ES256 signature, and of a point

struct FreedMore : Freed {
  using Freed::operator();
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(std::FILE* file) const { std::fclose(file); }
};
template <class T>
using Owned = std::unique_ptr<T, FreedMore>;

Owned<EVP_PKEY> p256_key(std::string_view point) {
  Octets encoded = "\x04" + Octets(point);
  char group[] = "prime256v1";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()),
      OSSL_PARAM_construct_end()};
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
    return nullptr;
  return Owned<EVP_PKEY>(key);
}

Octets to_der(std::string_view signature) {
  const Owned<ECDSA_SIG> made(ECDSA_SIG_new());
  ECDSA_SIG_set0(made.get(), BN_bin2bn(bytes(signature), half, nullptr),
                 BN_bin2bn(bytes(signature) + half, half, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(made.get(), &der);
  Octets out(reinterpret_cast<const char*>(der), size < 0 ? 0 : static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

Octets from_der(const Octets& der) {
  const unsigned char* at = bytes(std::string_view(der));
  const Owned<ECDSA_SIG> read(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (read == nullptr) return {};
  Octets out(2 * half, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(read.get()), bytes(out), half);
  BN_bn2binpad(ECDSA_SIG_get0_s(read.get()), bytes(out) + half, half);
  return out;
}

bool set_padding(EVP_PKEY_CTX* context, int scheme) {
  if (EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) != 1) return false;
  if (scheme == LEAFGATE_RS256) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  if (scheme != LEAFGATE_PS256) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

Owned<std::FILE> open(const std::string& file) {
  Owned<std::FILE> opened(std::fopen(file.c_str(), "re"));
  if (opened == nullptr) throw std::runtime_error("cannot read " + file);
  return opened;
}

// Nobody is there to be asked for one.
int no_passphrase(char*, int, int, void*) { return -1; }

bool is_p256(const EVP_PKEY* key) {
  char group[32] = {};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(const_cast<EVP_PKEY*>(key), group, sizeof group, nullptr) == 1 &&
         std::string_view(group) == "prime256v1";
}

}  // namespace

bool verify_es256(std::string_view key, std::string_view hash, std::string_view signature) {
  if (key.size() != 2 * half || signature.size() != 2 * half) return false;
  const auto made = p256_key(key);
  if (made == nullptr) return false;
  const Octets der = to_der(signature);
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(made.get(), nullptr));
  return EVP_PKEY_verify_init(context.get()) == 1 &&
         EVP_PKEY_verify(context.get(), bytes(der), der.size(), bytes(hash), hash.size()) == 1;
}

SigningKey::SigningKey(const std::string& file) {
  key_.reset(PEM_read_PrivateKey(open(file).get(), nullptr, no_passphrase, nullptr));
  if (key_ == nullptr) throw std::runtime_error("no private key without a passphrase in " + file);
  const int bits = EVP_PKEY_get_bits(key_.get());
  const bool rsa = EVP_PKEY_is_a(key_.get(), "RSA") == 1 && bits >= 2048 && bits <= 4096;
  if (!rsa && !is_p256(key_.get()))
    throw std::runtime_error("the key in " + file + " is neither P-256 nor RSA of 2048 to 4096 bits");
}

std::vector<int> SigningKey::schemes() const {
  if (EVP_PKEY_is_a(key_.get(), "EC") == 1) return {LEAFGATE_ES256};
  return {LEAFGATE_PS256, LEAFGATE_RS256};
}

Octets SigningKey::sign(int scheme, std::string_view hash) const {
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  std::size_t size = 0;
  if (EVP_PKEY_sign_init(context.get()) != 1 || !set_padding(context.get(), scheme) ||
      EVP_PKEY_sign(context.get(), nullptr, &size, bytes(hash), hash.size()) != 1)
    return {};
  Octets out(size, '\0');
  if (EVP_PKEY_sign(context.get(), bytes(out), &size, bytes(hash), hash.size()) != 1) return {};
  out.resize(size);
  return scheme == LEAFGATE_ES256 ? from_der(out) : out;
}

bool SigningKey::belongs_to(std::string_view certificate) const {
  const unsigned char* at = bytes(certificate);
  const Owned<X509> read(d2i_X509(nullptr, &at, static_cast<long>(certificate.size())));
  return read != nullptr && EVP_PKEY_eq(X509_get0_pubkey(read.get()), key_.get()) == 1;
}

std::vector<Octets> read_chain(const std::string& file) {
  const auto opened = open(file);
  std::vector<Octets> chain;
  while (const Owned<X509> read{PEM_read_X509(opened.get(), nullptr, no_passphrase, nullptr)}) {
    unsigned char* der = nullptr;
    const int size = i2d_X509(read.get(), &der);
    chain.emplace_back(reinterpret_cast<const char*>(der), size < 0 ? 0 : static_cast<std::size_t>(size));
    OPENSSL_free(der);
  }
  if (chain.empty() || chain.size() > 4)
    throw std::runtime_error("one to four certificates are wanted in " + file);
  return chain;
}

}  // namespace leafgate::device
