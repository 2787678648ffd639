#include "gateway/crypto/ecdsa.hpp"

#include <array>
#include <memory>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

namespace leafgate::crypto {
namespace {

constexpr std::size_t point_size = 65;
constexpr std::size_t number_size = 32;
constexpr std::size_t largest_pem = 16 * 1024;

using Key = std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })>;
using KeyContext =
    std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* context) { EVP_PKEY_CTX_free(context); })>;
using HashContext =
    std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* context) { EVP_MD_CTX_free(context); })>;
using Signature = std::unique_ptr<ECDSA_SIG, decltype([](ECDSA_SIG* sig) { ECDSA_SIG_free(sig); })>;
using Buffer = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })>;

// OpenSSL checks that it lies on the curve.
Key key_at(ByteView point) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  char group[] = "P-256";
  Bytes octets(point.begin(), point.end());
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params) != 1)
    return nullptr;
  return Key(made);
}

Bytes der_of(ByteView r, ByteView s) {
  const Signature signature(ECDSA_SIG_new());
  BIGNUM* const first = BN_bin2bn(r.data(), static_cast<int>(r.size()), nullptr);
  BIGNUM* const second = BN_bin2bn(s.data(), static_cast<int>(s.size()), nullptr);
  if (!signature || ECDSA_SIG_set0(signature.get(), first, second) != 1) {
    BN_free(first);
    BN_free(second);
    return {};
  }
  const int size = i2d_ECDSA_SIG(signature.get(), nullptr);
  if (size <= 0) return {};
  Bytes out(static_cast<std::size_t>(size));
  std::uint8_t* end = out.data();
  i2d_ECDSA_SIG(signature.get(), &end);
  return out;
}

}  // namespace

bool is_p256_signature(ByteView point, ByteView message, ByteView r, ByteView s) {
  const auto fits = [](ByteView number) { return !number.empty() && number.size() <= number_size; };
  if (point.size() != point_size || point.front() != 0x04 || !fits(r) || !fits(s)) return false;
  const Key key = key_at(point);
  const Bytes der = der_of(r, s);
  const HashContext context(EVP_MD_CTX_new());
  const bool good =
      key && !der.empty() && context &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), der.data(), der.size(), message.data(), message.size()) == 1;
  ERR_clear_error();
  return good;
}

Result<Bytes> p256_point_of_pem(std::string_view pem) {
  if (pem.size() > largest_pem) return Error(Errc::malformed, "not a public key in PEM");
  const Buffer buffer(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key key(buffer ? PEM_read_bio_PUBKEY(buffer.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  if (!key) return Error(Errc::malformed, "not a public key in PEM");
  std::array<char, 32> group{};
  Bytes point(point_size);
  std::size_t size = 0;
  const bool is_ec = EVP_PKEY_is_a(key.get(), "EC") == 1 &&
                     EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1 &&
                     std::string_view(group.data()) == "prime256v1";
  if (!is_ec ||
      EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(),
                                      &size) != 1 ||
      size != point_size || point.front() != 0x04) {
    ERR_clear_error();
    return Error(Errc::unsupported, "not a P-256 key");
  }
  return point;
}

std::string p256_pem(ByteView point) {
  const Key key = point.size() == point_size ? key_at(point) : nullptr;
  const Buffer buffer(BIO_new(BIO_s_mem()));
  std::string out;
  if (key && buffer && PEM_write_bio_PUBKEY(buffer.get(), key.get()) == 1) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(buffer.get(), &text);
    out.assign(text, static_cast<std::size_t>(size));
  }
  ERR_clear_error();
  return out;
}

}  // namespace leafgate::crypto
