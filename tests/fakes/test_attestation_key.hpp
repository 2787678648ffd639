#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "gateway/crypto/digest.hpp"
#include "gateway/model/tpm.hpp"

namespace leafgate {

// An attestation key as a TPM has one, made of a seed: says over a counter what TPM2_NV_Certify says, byte
// for byte as TPM 2.0 Part 2 lays it out, and signs it truly.
class TestAttestationKey {
 public:
  explicit TestAttestationKey(std::string_view seed) { make(seed); }

  std::uint32_t reset_count = 3;
  std::uint32_t restart_count = 0;
  std::uint64_t clock = 123'456;

  [[nodiscard]] const Bytes& point() const { return point_; }
  [[nodiscard]] const Bytes& public_area() const { return public_area_; }  // TPM2B_PUBLIC
  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free(bio); })> out(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PUBKEY(out.get(), key_.get()) != 1) throw std::runtime_error("no PEM");
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  [[nodiscard]] TpmStatement certify(std::uint64_t counter, ByteView extra) const {
    TpmStatement out;
    out.counter = counter;
    Bytes& attest = out.attest;
    number(attest, 0xff544347, 4);
    number(attest, 0x8014, 2);
    sized(attest, qualified_name_);
    sized(attest, extra);
    number(attest, clock, 8);
    number(attest, reset_count, 4);
    number(attest, restart_count, 4);
    number(attest, 1, 1);
    number(attest, 0x2023'0101'0000'0000, 8);
    sized(attest, named(as_bytes("the epoch counter")));
    number(attest, 0, 2);
    number(attest, 8, 2);
    number(attest, counter, 8);
    out.signature = sign(attest);
    return out;
  }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;

  static void number(Bytes& out, std::uint64_t value, unsigned size) {
    for (unsigned shift = 8 * size; shift > 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
  }
  static void sized(Bytes& out, ByteView octets) {
    number(out, octets.size(), 2);
    out.insert(out.end(), octets.begin(), octets.end());
  }
  static Bytes named(ByteView octets) {
    Bytes out{0x00, 0x0b};
    const auto digest = crypto::sha256(octets);
    out.insert(out.end(), digest.begin(), digest.end());
    return out;
  }

  void make(std::string_view seed) {
    const auto scalar = crypto::sha256(as_bytes(seed));
    const std::unique_ptr<EC_GROUP, decltype([](EC_GROUP* g) { EC_GROUP_free(g); })> group(
        EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    const std::unique_ptr<EC_POINT, decltype([](EC_POINT* p) { EC_POINT_free(p); })> at(
        EC_POINT_new(group.get()));
    const std::unique_ptr<BIGNUM, decltype([](BIGNUM* n) { BN_free(n); })> secret(
        BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr));
    EC_POINT_mul(group.get(), at.get(), secret.get(), nullptr, nullptr, nullptr);
    point_.resize(65);
    EC_POINT_point2oct(group.get(), at.get(), POINT_CONVERSION_UNCOMPRESSED, point_.data(), point_.size(),
                       nullptr);
    const std::unique_ptr<OSSL_PARAM_BLD, decltype([](OSSL_PARAM_BLD* b) { OSSL_PARAM_BLD_free(b); })> build(
        OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point_.data(), point_.size());
    OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
    const std::unique_ptr<OSSL_PARAM, decltype([](OSSL_PARAM* p) { OSSL_PARAM_free(p); })> params(
        OSSL_PARAM_BLD_to_param(build.get()));
    const std::unique_ptr<EVP_PKEY_CTX, decltype([](EVP_PKEY_CTX* c) { EVP_PKEY_CTX_free(c); })> context(
        EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
    EVP_PKEY* made = nullptr;
    if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params.get()) != 1)
      throw std::runtime_error("no key");
    key_.reset(made);
    lay_out();
  }

  void lay_out() {
    Bytes area;
    number(area, 0x0023, 2);       // TPM_ALG_ECC
    number(area, 0x000b, 2);       // SHA-256
    number(area, 0x00050472, 4);   // restricted, sign, noDA, userWithAuth, sensitiveDataOrigin, fixed*
    number(area, 0, 2);            // no policy
    number(area, 0x0010, 2);       // no symmetric
    number(area, 0x0018'000b, 4);  // ECDSA with SHA-256
    number(area, 0x0003, 2);       // P-256
    number(area, 0x0010, 2);       // no KDF
    sized(area, ByteView(point_).subspan(1, 32));
    sized(area, ByteView(point_).subspan(33, 32));
    sized(public_area_, area);
    Bytes qualified;
    number(qualified, 0x4000'000b, 4);
    const Bytes name = named(area);
    qualified.insert(qualified.end(), name.begin(), name.end());
    qualified_name_ = named(qualified);
  }

  [[nodiscard]] Bytes sign(ByteView message) const {
    const std::unique_ptr<EVP_MD_CTX, decltype([](EVP_MD_CTX* c) { EVP_MD_CTX_free(c); })> context(
        EVP_MD_CTX_new());
    std::size_t size = 0;
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size());
    Bytes der(size);
    if (EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) != 1)
      throw std::runtime_error("no signature");
    const std::uint8_t* at = der.data();
    const std::unique_ptr<ECDSA_SIG, decltype([](ECDSA_SIG* s) { ECDSA_SIG_free(s); })> read(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    Bytes out;
    number(out, 0x0018'000b, 4);
    for (const BIGNUM* half : {ECDSA_SIG_get0_r(read.get()), ECDSA_SIG_get0_s(read.get())}) {
      Bytes octets(32);
      BN_bn2binpad(half, octets.data(), static_cast<int>(octets.size()));
      sized(out, octets);
    }
    return out;
  }

  Key key_;
  Bytes point_;
  Bytes public_area_;
  Bytes qualified_name_;
};

}  // namespace leafgate
