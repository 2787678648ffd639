#include "gateway/crypto/x509_file.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/certificate_maker.hpp"

namespace leafgate::crypto::x509_file_test {
namespace {

const std::string& pem() {
  static const std::string text = pem_of(CertificateMaker("pump-07").make());
  return text;
}

std::string block(const std::string& label, const std::string& body) {
  return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
}

TEST(CertificateFile, is_read_from_pem_and_from_der) {
  const auto made = CertificateMaker("pump-08").make();
  const Bytes der = der_of(made);
  ASSERT_EQ(read_certificates(der)->size(), 1U);
  const std::string two = "subject=CN = pump-07\n" + pem() + "\nsubject=CN = pump-08\r\n" + pem_of(made);
  const auto read = read_certificates(as_bytes(two));
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ(read->at(0).common_name(), "pump-07");
  EXPECT_EQ(read->at(1).der(), der);
}

TEST(CertificateFile, with_anything_else_in_it_is_refused) {
  struct Row {
    std::string file;
    Errc code;
    std::string says;
  };
  const Row rows[] = {
      {"", Errc::malformed, "no certificate in it"},
      {"hello\n", Errc::malformed, "no certificate in it"},
      {"0ne00ABCDEF,key\n", Errc::malformed, "no certificate in it"},
      {pem() + block("PRIVATE KEY", "MC4="), Errc::refused, "a private key"},
      {block("EC PRIVATE KEY", "MC4=") + pem(), Errc::refused, "a private key"},
      {block("ENCRYPTED PRIVATE KEY", "MC4="), Errc::refused, "a private key"},
      {block("CERTIFICATE REQUEST", "MC4="), Errc::unsupported, "block 1 is not a CERTIFICATE"},
      {pem() + block("X509 CRL", "MC4="), Errc::unsupported, "block 2 is not a CERTIFICATE"},
      {block("CERTIFICATE", "????"), Errc::malformed, "block 1"},
      {block("CERTIFICATE", "MIIB"), Errc::malformed, "certificate"},
      {pem().substr(0, 200), Errc::malformed, "has no END line"},
      {"-----BEGIN CERTIFICATE-----\nMC4=\n-----END X509 CRL-----\n", Errc::malformed,
       "ends as something else"},
      {"-----BEGIN CERTIFICATE\nMC4=", Errc::malformed, "first line"},
      {block("CERTIFICATE", std::string(30'000, 'A')), Errc::too_large, "16 KiB"},
  };
  for (const Row& row : rows) {
    const auto read = read_certificates(as_bytes(row.file));
    ASSERT_FALSE(read) << row.file;
    EXPECT_EQ(read.error().code, row.code) << row.file << read.error().detail;
    EXPECT_NE(read.error().detail.find(row.says), std::string::npos) << read.error().detail;
  }
}

TEST(CertificateFile, holds_at_most_ten_unless_told_otherwise) {
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += pem();
  EXPECT_EQ(read_certificates(as_bytes(ten))->size(), 10U);
  EXPECT_EQ(read_certificates(as_bytes(ten + pem())).error().code, Errc::too_large);
  EXPECT_EQ(read_certificates(as_bytes(ten + pem()), {11, 1U << 20U})->size(), 11U);
  EXPECT_EQ(read_certificates(as_bytes(ten), {10, 1000}).error().code, Errc::too_large);
}

TEST(CertificateFile, is_told_from_other_text) {
  EXPECT_TRUE(looks_like_certificates(as_bytes(pem())));
  EXPECT_TRUE(looks_like_certificates(der_of(CertificateMaker("a").make())));
  EXPECT_FALSE(looks_like_certificates(as_bytes("{\"registrationId\":\"a\"}")));
  EXPECT_FALSE(looks_like_certificates(as_bytes("registrationId,primaryKey\n")));
  EXPECT_FALSE(looks_like_certificates({}));
}

}  // namespace
}  // namespace leafgate::crypto::x509_file_test
