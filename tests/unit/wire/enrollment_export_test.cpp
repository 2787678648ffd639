#include "adapters/wire/enrollment_export.hpp"

#include <gtest/gtest.h>

#include "adapters/wire/enrollment_file.hpp"

namespace leafgate::wire::enrollment_export_test {
namespace {

Enrollment read(const std::string& text) {
  const auto record = read_enrollment_record(text);
  EXPECT_TRUE(record) << record.error().detail;
  return record->enrollment;
}

TEST(EnrollmentExport, comes_back_as_the_same_enrollment) {
  const std::vector<std::string> rows = {
      R"({"registrationId":"pump-1","etag":"\"e\"","attestation":{"type":"symmetricKey"},"initialTwin":{"n":1.10},
          "iotHubs":["h.example"],"provisioningStatus":"disabled",
          "leafgate":{"bridge":true,"provisional":true,"offline_max_age":"90d","handout":{"gateway_host_name":"gw.site"}}})",
      R"({"enrollmentGroupId":"Line","etag":"1","attestation":{"type":"symmetricKey"},"leafgate":{"match":["a-*","b"]}})",
      R"({"registrationId":"t","etag":"1","attestation":{"type":"tpm","tpm":{"endorsementKey":"AToAAQ=="}}})",
  };
  for (const std::string& row : rows) {
    const Enrollment one = read(row);
    const auto text = exported_record(one);
    ASSERT_TRUE(text) << row;
    Enrollment back = read(*text);
    back.record = one.record;
    EXPECT_EQ(back, one) << *text;
  }
}

TEST(EnrollmentExport, tells_what_this_site_knows_of_a_record_of_the_list) {
  Enrollment one =
      read(R"({"registrationId":"a","etag":"1","attestation":{"type":"x509","x509":{"clientCertificates":
      {"primary":{"info":{"sha256Thumbprint":")" +
           std::string(64, 'a') + R"("}}}}}})");
  one.gateway_host_name = "gw.site";
  const Enrollment back = read(exported_record(one).value());
  EXPECT_EQ(back.gateway_host_name, "gw.site");
  EXPECT_EQ(back.primary_certificate, one.primary_certificate);
}

TEST(EnrollmentExport, leaves_out_what_could_not_be_imported) {
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "Line";
  group.mechanism = Mechanism::x509;
  group.record =
      R"({"enrollmentGroupId":"Line","attestation":{"type":"x509","x509":{"caReferences":{"primary":"r"}}}})";
  EXPECT_FALSE(exported_record(group));
  group.primary_certificate = EnrolledCertificate{std::string(64, 'b'), "", {}};
  EXPECT_TRUE(read_enrollment_record(exported_record(group).value()));
}

}  // namespace
}  // namespace leafgate::wire::enrollment_export_test
