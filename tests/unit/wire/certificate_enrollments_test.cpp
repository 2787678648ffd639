#include "adapters/wire/certificate_enrollments.hpp"

#include <gtest/gtest.h>

#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"
#include "tests/fakes/certificate_maker.hpp"

namespace leafgate::wire::certificate_enrollments_test {
namespace {

std::string all(const Mistakes& mistakes) {
  std::string out;
  for (const std::string& text : mistakes.first()) out += text + "\n";
  return out;
}

TEST(CertificateFiles, a_leafs_certificate_makes_the_individual_enrollment_of_its_cn) {
  const auto made = CertificateMaker("Pump-07").make();
  const auto leaf = as_certificate(made);
  const auto file = read_certificate_file(pem_of(made) + pem_of(CertificateMaker("pump-08").make()), "");
  ASSERT_EQ(file.mistakes.count(), 0U) << all(file.mistakes);
  ASSERT_EQ(file.enrollments.size(), 2U);
  const ImportedEnrollment& imported = file.enrollments[0];
  EXPECT_EQ(imported.enrollment.id, "pump-07");
  EXPECT_EQ(imported.enrollment.mechanism, Mechanism::x509);
  EXPECT_EQ(imported.enrollment.primary_certificate, (EnrolledCertificate{leaf.sha256(), leaf.sha1(), {}}));
  EXPECT_EQ(imported.ends, leaf.not_after());
  const auto again = read_enrollment_record(imported.enrollment.record);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->enrollment.primary_certificate, imported.enrollment.primary_certificate);
}

TEST(CertificateFiles, with_a_group_they_are_its_primary_and_secondary_ca) {
  const auto first = CertificateMaker("Site CA").ca().make();
  const auto second = CertificateMaker("Site CA 2").ca().days(-1, 30).make();
  const auto file = read_certificate_file(pem_of(first) + pem_of(second), "Line-A");
  ASSERT_EQ(file.enrollments.size(), 1U) << all(file.mistakes);
  const Enrollment& group = file.enrollments[0].enrollment;
  EXPECT_EQ(group.kind, EnrollmentKind::group);
  EXPECT_EQ(group.id, "Line-A");
  EXPECT_EQ(group.primary_certificate->der, der_of(first));
  EXPECT_EQ(group.secondary_certificate->der, der_of(second));
  EXPECT_EQ(file.enrollments[0].ends, as_certificate(second).not_after());
  const Bytes der = der_of(first);
  EXPECT_EQ(read_certificate_file(as_text(der), "Line-A").enrollments.size(), 1U);
}

TEST(CertificateFiles, mistakes_name_the_certificate_and_what_is_wrong_with_it) {
  const auto ca = CertificateMaker("Site CA").ca().make();
  const auto leaf = CertificateMaker("pump-07").by(ca).make();
  struct Row {
    std::string file, group, says;
  };
  const Row rows[] = {
      {"hello", "", "no certificate in it"},
      {pem_of(leaf) + "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n", "", "a private key"},
      {pem_of(leaf) + pem_of(ca), "", "certificate 2 (CN=Site CA,O=Site 3): is a CA's"},
      {pem_of(CertificateMaker("pump 07").make()), "", "its CN is no registrationId"},
      {pem_of(CertificateMaker("a").also_named("b").make()), "", "its CN is no registrationId"},
      {pem_of(leaf) + pem_of(leaf), "", "stands in the file twice"},
      {pem_of(CertificateMaker("a").digest(EVP_sha1()).make()), "", "not of SHA-2"},
      {pem_of(CertificateMaker("a").key(EVP_RSA_gen(1024U)).make()), "", "its key is neither"},
      {pem_of(CertificateMaker("a").with("extendedKeyUsage", "serverAuth").make()), "", "of a TLS client"},
      {pem_of(leaf), "Line-A", "not the certificate of a CA"},
      {pem_of(ca) + pem_of(ca) + pem_of(ca), "Line-A", "no more"},
      {pem_of(ca), "Line A", "the group's name"},
  };
  for (const Row& row : rows) {
    const auto file = read_certificate_file(row.file, row.group);
    EXPECT_NE(all(file.mistakes).find(row.says), std::string::npos) << row.says << ": " << all(file.mistakes);
  }
}

std::string record(const std::string& id, const std::string& x509) {
  return R"({)" + id + R"(,"attestation":{"type":"x509","x509":)" + x509 + "}}";
}
const std::string individual = R"("registrationId":"pump-07")";
const std::string group = R"("enrollmentGroupId":"Line-A")";

TEST(X509Records, hold_certificates_as_pem_as_base64_or_by_thumbprint) {
  const auto made = CertificateMaker("Site CA").ca().make();
  const auto ca = as_certificate(made);
  const std::string pem = json::quoted(pem_of(made));
  const std::string base64 = json::quoted(crypto::base64::encode(ca.der()));
  std::string upper = ca.sha256();
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  const auto read = read_enrollment_record(
      record(group, R"({"signingCertificates":{"primary":{"certificate":)" + pem +
                        R"(},"secondary":{"certificate":)" + base64 + R"(,"info":{"sha256Thumbprint":")" +
                        upper + R"("}}},"clientCertificates":null})"));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->enrollment.primary_certificate, (EnrolledCertificate{ca.sha256(), ca.sha1(), ca.der()}));
  EXPECT_EQ(read->enrollment.secondary_certificate, read->enrollment.primary_certificate);
  const auto by_info = read_enrollment_record(
      record(individual,
             R"({"clientCertificates":{"primary":{"info":{"sha1Thumbprint":")" + ca.sha1() + R"("}}}})"));
  ASSERT_TRUE(by_info) << by_info.error().detail;
  EXPECT_EQ(by_info->enrollment.primary_certificate, (EnrolledCertificate{"", ca.sha1(), {}}));
}

TEST(X509Records, mistakes_say_what_to_give_instead) {
  const auto made = CertificateMaker("pump-07").make();
  const std::string pem = json::quoted(pem_of(made));
  const std::string other(64, 'a');
  struct Row {
    std::string id, x509, says;
  };
  const Row rows[] = {
      {group, R"({"caReferences":{"primary":"root"}})", "enroll import --group NAME CA.pem"},
      {individual, R"({"caReferences":{"primary":"root"}})", "are for groups: it needs clientCertificates"},
      {group, R"({"clientCertificates":{"primary":{}}})", "needs signingCertificates"},
      {individual, R"({"signingCertificates":{"primary":{}}})", "needs clientCertificates"},
      {individual, R"({"clientCertificates":{"primary":{}}})", "needs a certificate, or info"},
      {individual, R"({"clientCertificates":{"primary":{"certificate":"?"}}})", "neither PEM nor DER"},
      {individual, R"({"clientCertificates":{"primary":{"info":{"sha256Thumbprint":"12"}}}})",
       "64 hexadecimal"},
      {individual,
       R"({"clientCertificates":{"primary":{"certificate":)" + pem + R"(,"info":{"sha256Thumbprint":")" +
           other + R"("}}}})",
       "of another certificate"},
      {group, R"({"signingCertificates":{"primary":{"certificate":)" + pem + "}}}",
       "not the certificate of a CA"},
  };
  for (const Row& row : rows) {
    const auto read = read_enrollment_record(record(row.id, row.x509));
    ASSERT_FALSE(read) << row.x509;
    EXPECT_NE(read.error().detail.find(row.says), std::string::npos) << read.error().detail;
  }
}

}  // namespace
}  // namespace leafgate::wire::certificate_enrollments_test
