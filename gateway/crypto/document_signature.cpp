#include "gateway/crypto/document_signature.hpp"

#include <array>
#include <optional>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"
#include "gateway/crypto/p256.hpp"

namespace leafgate::crypto {
namespace {

constexpr std::size_t largest_public = 4 * 1024;
constexpr std::size_t largest_private = 16 * 1024;
constexpr std::size_t largest_signature = 72;

// Nobody is asked at a terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

using Read = EVP_PKEY* (*)(BIO*, EVP_PKEY**, pem_password_cb*, void*);

Result<std::shared_ptr<evp_pkey_st>> read(std::string_view pem, std::size_t most, Read how,
                                          const char* what) {
  if (pem.size() > most) return Error(Errc::too_large, "this is no PEM of a key: it is too long");
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  auto key = shared_key(bio ? how(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  (void)drain_errors();  // they may repeat what stands in the file
  if (!key) return Error(Errc::malformed, std::string("no ") + what + " in PEM, without a passphrase");
  return key;
}

std::optional<DocumentAlgorithm> algorithm_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return DocumentAlgorithm::eddsa;
  std::array<char, 32> group{};
  const bool is_p256 = EVP_PKEY_is_a(key, "EC") == 1 &&
                       EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
                       std::string_view(group.data()) == "prime256v1";
  (void)drain_errors();
  return is_p256 ? std::optional(DocumentAlgorithm::es256) : std::nullopt;
}

Error another_kind() { return {Errc::unsupported, "the key is neither on the curve P-256 nor of Ed25519"}; }

const EVP_MD* digest_of(DocumentAlgorithm algorithm) {
  return algorithm == DocumentAlgorithm::es256 ? EVP_sha256() : nullptr;
}

}  // namespace

Result<DocumentVerifier> DocumentVerifier::from_pem(std::string_view pem) {
  auto key = read(pem, largest_public, PEM_read_bio_PUBKEY, "public key");
  if (!key) return key.error();
  const auto algorithm = algorithm_of(key->get());
  if (!algorithm) return another_kind();
  return DocumentVerifier(std::move(*key), *algorithm);
}

bool DocumentVerifier::verifies(ByteView document, ByteView signature) const {
  Bytes der(signature.begin(), signature.end());
  if (algorithm_ == DocumentAlgorithm::es256) {
    if (signature.size() > largest_signature) return false;
    if (signature.size() == 2 * p256_number_octets)
      der = p256_signature_der(signature.first(p256_number_octets), signature.last(p256_number_octets));
    if (!parse_p256_signature(der)) return false;  // OpenSSL would pass over octets behind it
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool good =
      context &&
      EVP_DigestVerifyInit(context.get(), nullptr, digest_of(algorithm_), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), der.data(), der.size(), document.data(), document.size()) == 1;
  (void)drain_errors();
  return good;
}

Result<DocumentSigner> DocumentSigner::from_pem(std::string_view pem) {
  auto key = read(pem, largest_private, PEM_read_bio_PrivateKey, "private key");
  if (!key) return key.error();
  const auto algorithm = algorithm_of(key->get());
  if (!algorithm) return another_kind();
  return DocumentSigner(std::move(*key), *algorithm);
}

Result<Bytes> DocumentSigner::sign(ByteView document) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  Bytes out;
  bool good = context &&
              EVP_DigestSignInit(context.get(), nullptr, digest_of(algorithm_), nullptr, key_.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, document.data(), document.size()) == 1;
  out.resize(size);
  good = good && EVP_DigestSign(context.get(), out.data(), &size, document.data(), document.size()) == 1;
  out.resize(size);
  if (!good) return Error(Errc::internal, "no signature: " + drain_errors());
  return out;
}

}  // namespace leafgate::crypto
