#include "gateway/crypto/x509.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/digest.hpp"
#include "tests/fakes/certificate_maker.hpp"

namespace leafgate::crypto::x509_test {
namespace {

TEST(Certificate, tells_what_it_says_of_itself) {
  const auto ca = CertificateMaker("Site CA").ca().make();
  const Bytes der = der_of(CertificateMaker("pump-07").by(ca).days(-1, 30).make());
  const auto leaf = Certificate::parse(der);
  ASSERT_TRUE(leaf) << leaf.error().detail;
  EXPECT_EQ(leaf->sha256(), hex(sha256(der)));
  EXPECT_EQ(leaf->sha1().size(), 40U);
  EXPECT_EQ(leaf->common_name(), "pump-07");
  EXPECT_EQ(leaf->subject(), "CN=pump-07,O=Site 3");
  EXPECT_EQ(leaf->issuer(), "CN=Site CA,O=Site 3");
  EXPECT_EQ(leaf->not_before(), test_day() - std::chrono::days(1));
  EXPECT_EQ(leaf->not_after(), test_day() + std::chrono::days(30));
  EXPECT_EQ(leaf->key_kind(), KeyKind::p256);
  EXPECT_FALSE(leaf->is_authority());
  EXPECT_FALSE(leaf->is_self_signed());
  EXPECT_TRUE(as_certificate(ca).is_self_signed());
  EXPECT_EQ(leaf->der(), der);
}

TEST(Certificate, has_a_common_name_only_when_it_has_exactly_one) {
  const auto name_of = [](const CertificateMaker& maker) {
    return as_certificate(maker.make()).common_name();
  };
  EXPECT_EQ(name_of(CertificateMaker("a")), "a");
  EXPECT_EQ(name_of(CertificateMaker("a").nameless()), std::nullopt);
  EXPECT_EQ(name_of(CertificateMaker("a").also_named("b")), std::nullopt);
  EXPECT_EQ(name_of(CertificateMaker("a").also_named("a")), std::nullopt);
  EXPECT_EQ(name_of(CertificateMaker(std::string("a\0b", 3))), std::nullopt);
  EXPECT_EQ(name_of(CertificateMaker("a\nb")), std::nullopt);
}

TEST(Certificate, knows_which_keys_are_acceptable) {
  struct Row {
    EVP_PKEY* key;
    bool acceptable;
  };
  const Row rows[] = {
      {EVP_RSA_gen(1024U), false},  {EVP_RSA_gen(2048U), true},  {EVP_EC_gen("P-256"), true},
      {EVP_EC_gen("P-384"), true},  {EVP_EC_gen("P-521"), true}, {EVP_EC_gen("secp256k1"), false},
      {EVP_EC_gen("P-224"), false},
  };
  for (const Row& row : rows) {
    const auto leaf = as_certificate(CertificateMaker("a").key(row.key).make());
    EXPECT_EQ(leaf.has_acceptable_key(), row.acceptable) << leaf.key_bits();
  }
}

TEST(Certificate, knows_which_digests_are_acceptable) {
  const auto good = [](const EVP_MD* digest) {
    return as_certificate(CertificateMaker("a").digest(digest).make()).has_acceptable_signature();
  };
  EXPECT_TRUE(good(EVP_sha256()));
  EXPECT_TRUE(good(EVP_sha384()));
  EXPECT_TRUE(good(EVP_sha512()));
  EXPECT_FALSE(good(EVP_sha1()));
  EXPECT_FALSE(good(EVP_sha224()));
}

TEST(Certificate, is_issued_by_who_signed_it_and_not_by_a_namesake) {
  const auto ca = CertificateMaker("Site CA").ca().make();
  const auto namesake = CertificateMaker("Site CA").ca().make();
  const auto leaf = as_certificate(CertificateMaker("pump-07").by(ca).make());
  EXPECT_TRUE(leaf.is_issued_by(as_certificate(ca)));
  EXPECT_TRUE(leaf.names_as_issuer(as_certificate(namesake)));
  EXPECT_FALSE(leaf.is_issued_by(as_certificate(namesake)));
  const auto identified = CertificateMaker("pump-07").by(ca).with("authorityKeyIdentifier", "keyid").make();
  EXPECT_FALSE(as_certificate(identified).names_as_issuer(as_certificate(namesake)));
}

TEST(Certificate, is_parsed_only_octet_for_octet) {
  const Bytes der = der_of(CertificateMaker("pump-07").make());
  EXPECT_TRUE(Certificate::parse(der));
  for (std::size_t size = 0; size < der.size(); size += 7)
    EXPECT_FALSE(Certificate::parse(ByteView(der).first(size))) << size;
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_EQ(Certificate::parse(longer).error().code, Errc::malformed);
  EXPECT_EQ(Certificate::parse(Bytes(Certificate::largest + 1, 0x30)).error().code, Errc::too_large);
}

}  // namespace
}  // namespace leafgate::crypto::x509_test
