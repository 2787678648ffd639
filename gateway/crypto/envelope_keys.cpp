#include "gateway/crypto/envelope_keys.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "gateway/crypto/aead.hpp"
#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"
#include "gateway/crypto/random.hpp"

namespace leafgate::crypto::envelope_keys {
namespace {

constexpr int least_rsa = 2048;
constexpr int most_rsa = 4096;
constexpr std::size_t point_octets = 65;  // uncompressed, P-256

Owned<BIO> memory_of(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Key owned(EVP_PKEY* key) { return Key(key, EVP_PKEY_free); }

Result<Kind> kind_of(const Key& key) {
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA) {
    const int bits = EVP_PKEY_get_bits(key.get());
    if (bits >= least_rsa && bits <= most_rsa) return Kind::rsa;
    return Error(Errc::unsupported,
                 "an RSA key of " + std::to_string(bits) + " bits; 2048 to 4096 are taken");
  }
  std::array<char, 32> curve{};
  std::size_t size = 0;
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_EC &&
      EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), &size) == 1 &&
      std::string_view(curve.data(), size) == SN_X9_62_prime256v1)
    return Kind::ec;
  return Error(Errc::unsupported, "neither an RSA nor an EC P-256 key");
}

// Whether a passphrase was asked for. There is none to give.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<Key> usable(Key key, const char* what) {
  if (!key) return Error(Errc::malformed, std::string("no PEM ") + what + ": " + drain_errors());
  const auto kind = kind_of(key);
  ERR_clear_error();
  if (!kind) return kind.error();
  return key;
}

Result<Bytes> point_of(const Key& key) {
  Bytes point(point_octets);
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(),
                                      &size) != 1 ||
      size != point_octets || point[0] != POINT_CONVERSION_UNCOMPRESSED) {
    ERR_clear_error();
    return Error(Errc::unsupported, "the EC key has its point in another form");
  }
  return point;
}

// RFC 5869, without a salt.
Secret hkdf(const Secret& shared, ByteView sender, ByteView recipient) {
  constexpr std::string_view label = "leafgate envelope 1";
  Bytes info(as_bytes(label).begin(), as_bytes(label).end());
  info.insert(info.end(), sender.begin(), sender.end());
  info.insert(info.end(), recipient.begin(), recipient.end());
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  const Owned<EVP_KDF_CTX> context(kdf != nullptr ? EVP_KDF_CTX_new(kdf) : nullptr);
  EVP_KDF_free(kdf);
  char digest[] = "SHA256";
  Secret key = shared.copy();
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.writable().data(), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  Secret out(aead_key_octets);
  if (!context || EVP_KDF_derive(context.get(), out.writable().data(), out.size(), params) != 1)
    throw std::runtime_error("HKDF: " + drain_errors());
  return out;
}

Result<Secret> agree(const Key& own, const Key& other) {
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(own.get(), nullptr));
  Secret shared(32);
  std::size_t size = shared.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), other.get()) != 1 ||
      EVP_PKEY_derive(context.get(), shared.writable().data(), &size) != 1 || size != shared.size()) {
    ERR_clear_error();
    return Error(Errc::refused, "the keys do not agree on a secret");
  }
  return shared;
}

Owned<EVP_PKEY_CTX> oaep(const Key& key, bool sealing) {
  Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key.get(), nullptr));
  if (!context ||
      (sealing ? EVP_PKEY_encrypt_init(context.get()) : EVP_PKEY_decrypt_init(context.get())) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), EVP_sha256()) != 1 ||
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) != 1)
    throw std::runtime_error("OAEP: " + drain_errors());
  return context;
}

Result<Sent> send_rsa(const Key& recipient) {
  Sent sent{Kind::rsa, {}, Secret(aead_key_octets)};
  SystemRandom random;
  random.fill(sent.content_key.writable());
  const Owned<EVP_PKEY_CTX> context = oaep(recipient, true);
  const ByteView key = sent.content_key.view();
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(recipient.get()));
  sent.octets.resize(size);
  if (EVP_PKEY_encrypt(context.get(), sent.octets.data(), &size, key.data(), key.size()) != 1)
    return Error(Errc::unsupported, "the RSA key does not encrypt: " + drain_errors());
  sent.octets.resize(size);
  return sent;
}

Result<Sent> send_ec(const Key& recipient) {
  const Key own = owned(EVP_EC_gen("P-256"));
  if (!own) throw std::runtime_error("EC key: " + drain_errors());
  auto point = point_of(own);
  const auto theirs = point_of(recipient);
  if (!point || !theirs) return point ? theirs.error() : point.error();
  const auto shared = agree(own, recipient);
  if (!shared) return shared.error();
  Secret key = hkdf(*shared, *point, *theirs);
  return Sent{Kind::ec, std::move(*point), std::move(key)};
}

Result<Secret> receive_rsa(const Key& own, ByteView octets) {
  const Owned<EVP_PKEY_CTX> context = oaep(own, false);
  Secret room(static_cast<std::size_t>(EVP_PKEY_get_size(own.get())));
  std::size_t size = room.size();
  if (EVP_PKEY_decrypt(context.get(), room.writable().data(), &size, octets.data(), octets.size()) != 1 ||
      size != aead_key_octets) {
    ERR_clear_error();
    return Error(Errc::refused, "the envelope is for another key");
  }
  return Secret(room.view().first(size));
}

Result<Secret> receive_ec(const Key& own, ByteView octets) {
  if (octets.size() != point_octets) return Error(Errc::malformed, "no point of P-256");
  const Key sender = owned(EVP_PKEY_new());
  if (!sender || EVP_PKEY_copy_parameters(sender.get(), own.get()) != 1)
    throw std::runtime_error("EC key: " + drain_errors());
  // Refuses what is not on the curve.
  if (EVP_PKEY_set1_encoded_public_key(sender.get(), octets.data(), octets.size()) != 1) {
    ERR_clear_error();
    return Error(Errc::malformed, "no point of P-256");
  }
  const auto mine = point_of(own);
  if (!mine) return mine.error();
  const auto shared = agree(own, sender);
  if (!shared) return shared.error();
  return hkdf(*shared, octets, *mine);
}

}  // namespace

Result<Key> read_public(std::string_view pem) {
  bool asked = false;
  const Owned<BIO> memory = memory_of(pem);
  return usable(owned(PEM_read_bio_PUBKEY(memory.get(), nullptr, no_passphrase, &asked)), "public key");
}

Result<Key> read_private(std::string_view pem) {
  bool asked = false;
  const Owned<BIO> memory = memory_of(pem);
  Key key = owned(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, &asked));
  if (asked) {
    ERR_clear_error();
    return Error(Errc::unsupported, "the private key has a passphrase: take it off for this use");
  }
  return usable(std::move(key), "private key");
}

Bytes subject_public_key_info(const Key& key) {
  std::uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) throw std::runtime_error("public key: " + drain_errors());
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Result<Sent> send(const Key& recipient) {
  const auto kind = kind_of(recipient);
  if (!kind) return kind.error();
  return *kind == Kind::rsa ? send_rsa(recipient) : send_ec(recipient);
}

Result<Secret> receive(const Key& own, Kind kind, ByteView octets) {
  const auto mine = kind_of(own);
  if (!mine) return mine.error();
  if (*mine != kind) return Error(Errc::refused, "the envelope is for another kind of key");
  return kind == Kind::rsa ? receive_rsa(own, octets) : receive_ec(own, octets);
}

}  // namespace leafgate::crypto::envelope_keys
