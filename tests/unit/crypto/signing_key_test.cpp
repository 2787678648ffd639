#include "gateway/crypto/signing_key.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "gateway/crypto/certificate_signature.hpp"
#include "tests/fakes/certificate_maker.hpp"

namespace leafgate::crypto::signing_key_test {
namespace {

const ByteView message = as_bytes("what the gateway says");

// The traditional DER of a key of OpenSSL's own making, which is then gone.
Secret der_of_key(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key, &der);
  Secret out(ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  EVP_PKEY_free(key);
  return out;
}

bool is_by(const SigningKey& key, ByteView signature) {
  return signature.size() == 64 &&
         is_p256_signature(key.point(), message, signature.first(32), signature.last(32));
}

TEST(SigningKey, signs_what_its_point_verifies) {
  const SigningKey key = SigningKey::generate();
  ASSERT_EQ(key.point().size(), 65U);
  EXPECT_EQ(key.point()[0], 4);
  // r or s begins with zeros in one of 128: the octets must be 64 all the same.
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(is_by(key, key.sign(message)));
  EXPECT_FALSE(is_by(SigningKey::generate(), key.sign(message)));
}

TEST(SigningKey, is_the_same_after_it_was_kept) {
  const SigningKey made = SigningKey::generate();
  const auto read = SigningKey::from(made.secret());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->point(), made.point());
  EXPECT_TRUE(is_by(made, read->sign(message)));
  EXPECT_EQ(as_text(read->secret().view()), as_text(made.secret().view()));
}

TEST(SigningKey, is_none_of_another_curve_or_kind) {
  EXPECT_TRUE(SigningKey::from(der_of_key(EVP_EC_gen("P-256"))));
  // The points of the first two are as long as those of P-256.
  for (const char* curve : {"secp256k1", "brainpoolP256r1", "P-384", "P-521"}) {
    const auto key = SigningKey::from(der_of_key(EVP_EC_gen(curve)));
    ASSERT_FALSE(key) << curve;
    EXPECT_EQ(key.error().code, Errc::malformed) << curve;
  }
  EXPECT_FALSE(SigningKey::from(der_of_key(EVP_RSA_gen(2048))));
}

TEST(SigningKey, is_none_when_anything_is_missing_or_follows) {
  const Secret whole = SigningKey::generate().secret();
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(SigningKey::from(Secret(whole.view().first(cut)))) << cut;
  Bytes more(whole.view().begin(), whole.view().end());
  more.push_back(0);
  EXPECT_FALSE(SigningKey::from(Secret(more)));
}

TEST(CertificateSignature, of_a_key_that_is_too_short_counts_for_nothing) {
  EVP_PKEY* const short_key = EVP_RSA_gen(1024);
  const auto made = CertificateMaker("leaf").key(short_key).make();
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  Bytes signature(128);
  std::size_t size = signature.size();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, made.key.get());
  ASSERT_EQ(EVP_DigestSign(context, signature.data(), &size, message.data(), message.size()), 1);
  EVP_MD_CTX_free(context);
  EXPECT_FALSE(is_signed_by(as_certificate(made), SignatureScheme::rs256, message, signature));
}

// A salt of another length is not PS256 (RFC 8230 §2).
TEST(CertificateSignature, of_ps256_has_a_salt_of_32_octets) {
  const auto made = CertificateMaker("leaf").key(EVP_RSA_gen(2048)).make();
  for (const int salt : {0, 20, 32, 64}) {
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_PKEY_CTX* settings = nullptr;
    EVP_DigestSignInit(context, &settings, EVP_sha256(), nullptr, made.key.get());
    EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt);
    Bytes signature(256);
    std::size_t size = signature.size();
    ASSERT_EQ(EVP_DigestSign(context, signature.data(), &size, message.data(), message.size()), 1);
    EVP_MD_CTX_free(context);
    EXPECT_EQ(is_signed_by(as_certificate(made), SignatureScheme::ps256, message, signature), salt == 32)
        << salt;
  }
}

// RFC 5480 §2.2: the point in a certificate may be compressed.
TEST(CertificateSignature, of_a_compressed_point_is_as_good) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  EVP_PKEY_set_utf8_string_param(key, "point-format", "compressed");
  const auto made = CertificateMaker("leaf").key(key).make();
  const Certificate read = Certificate::parse(der_of(made)).value();
  const SigningKey signer = SigningKey::from([&] {
                              EVP_PKEY_up_ref(key);
                              return der_of_key(key);
                            }())
                                .value();
  EXPECT_TRUE(is_signed_by(read, SignatureScheme::es256, message, signer.sign(message)));
}

}  // namespace
}  // namespace leafgate::crypto::signing_key_test
