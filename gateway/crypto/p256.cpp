#include "gateway/crypto/p256.hpp"

#include <algorithm>
#include <array>
#include <memory>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"

namespace leafgate::crypto {
namespace {

constexpr std::size_t largest_pem = 4096;
constexpr std::size_t largest_der = 256;

// Nobody is asked at a terminal.
int no_password(char*, int, int, void*) { return -1; }

bool is_uncompressed(ByteView point) { return point.size() == p256_point_octets && point.front() == 0x04; }

// OpenSSL checks that it lies on the curve.
Owned<EVP_PKEY> key_at(ByteView point) {
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
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
  return Owned<EVP_PKEY>(made);
}

bool to_octets(const BIGNUM* number, Digest& out) {
  return number != nullptr &&
         BN_bn2binpad(number, out.data(), static_cast<int>(out.size())) == static_cast<int>(out.size());
}

}  // namespace

Result<Bytes> p256_point_of_pem(std::string_view pem) {
  if (pem.size() > largest_pem) return Error(Errc::too_large, "a public key above 4 KiB");
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Owned<EVP_PKEY> key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key) return Error(Errc::malformed, "no public key in PEM: " + drain_errors());
  std::array<char, 32> group{};
  Bytes point(p256_point_octets);
  std::size_t size = 0;
  const bool is_on_curve = EVP_PKEY_is_a(key.get(), "EC") == 1 &&
                           EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1 &&
                           std::string_view(group.data()) == "prime256v1";
  if (!is_on_curve ||
      EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(),
                                      &size) != 1 ||
      size != point.size() || !is_uncompressed(point)) {
    (void)drain_errors();
    return Error(Errc::unsupported, "the key is not on the curve P-256");
  }
  return point;
}

std::string p256_pem(ByteView point) {
  const Owned<EVP_PKEY> key = is_uncompressed(point) ? key_at(point) : nullptr;
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  std::string out;
  if (key && bio && PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    out.assign(text, static_cast<std::size_t>(size));
  }
  (void)drain_errors();
  return out;
}

Bytes p256_signature_der(ByteView r, ByteView s) {
  const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
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

Result<P256Signature> parse_p256_signature(ByteView der) {
  const unsigned char* at = der.data();
  const Owned<ECDSA_SIG> parsed(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(std::min(der.size(), largest_der))));
  P256Signature signature{};
  if (!parsed || at != der.data() + der.size() || !to_octets(ECDSA_SIG_get0_r(parsed.get()), signature.r) ||
      !to_octets(ECDSA_SIG_get0_s(parsed.get()), signature.s)) {
    (void)drain_errors();
    return Error(Errc::malformed, "not an ECDSA signature over P-256");
  }
  return signature;
}

bool is_p256_signature(ByteView point, ByteView message, ByteView r, ByteView s) {
  const auto fits = [](ByteView number) { return !number.empty() && number.size() <= p256_number_octets; };
  if (!is_uncompressed(point) || !fits(r) || !fits(s)) return false;
  const Owned<EVP_PKEY> key = key_at(point);
  const Bytes der = p256_signature_der(r, s);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool good =
      key && !der.empty() && context &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), der.data(), der.size(), message.data(), message.size()) == 1;
  (void)drain_errors();
  return good;
}

}  // namespace leafgate::crypto
