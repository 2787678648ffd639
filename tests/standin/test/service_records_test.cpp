#include "tests/standin/service_records.hpp"

#include <gtest/gtest.h>

#include "tests/standin/test/made_certificate.hpp"
#include "tests/standin/test/standin_process.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

const WallTime noon{std::chrono::seconds(1'800'000'000)};
const WallTime later = noon + std::chrono::minutes(5);

Enrollments listed(const json& records) { return Enrollments::parse(records.dump()); }

json symmetric(const char* key = test_individual_key) {
  return {{"registrationId", "Pump-1"},
          {"unknown", {{"kept", true}}},
          {"standin", {{"payload", 1}}},
          {"attestation", {{"type", "symmetricKey"}, {"symmetricKey", {{"primaryKey", key}}}}}};
}

json x509(const char* id_name, const char* use, const json& slot) {
  return {{id_name, "one"}, {"attestation", {{"type", "x509"}, {"x509", {{use, {{"primary", slot}}}}}}}};
}

TEST(ServiceRecords, give_keys_to_nobody_but_who_asks_for_the_mechanism) {
  auto all = listed(json::array({symmetric()}));
  all.succeed({}, noon);
  const Enrollment& e = all.individuals().at("pump-1");
  const json record = enrollment_record(e, nullptr);
  EXPECT_EQ(record["attestation"], json({{"type", "symmetricKey"}}));
  EXPECT_EQ(record["registrationId"], "Pump-1");
  EXPECT_EQ(record["unknown"]["kept"], true);
  EXPECT_EQ(record["provisioningStatus"], "enabled");
  EXPECT_FALSE(record.contains("standin"));
  EXPECT_FALSE(record.contains("registrationState"));
  EXPECT_EQ(attestation_mechanism(e)["symmetricKey"]["primaryKey"], test_individual_key);
}

TEST(ServiceRecords, give_the_info_of_a_certificate_and_never_the_certificate) {
  const Made ca = make("Line CA");
  const auto all =
      listed(json::array({x509("enrollmentGroupId", "signingCertificates", {{"certificate", ca.pem()}})}));
  const json given = enrollment_record(all.groups().at("one"), nullptr)["attestation"]["x509"];
  EXPECT_TRUE(given["clientCertificates"].is_null());
  EXPECT_TRUE(given["caReferences"].is_null());
  EXPECT_TRUE(given["signingCertificates"]["secondary"].is_null());
  const json primary = given["signingCertificates"]["primary"];
  EXPECT_FALSE(primary.contains("certificate"));
  const json info = primary["info"];
  EXPECT_EQ(lower(info["sha256Thumbprint"].get<std::string>()), thumbprint(*ca.certificate));
  EXPECT_EQ(info["sha1Thumbprint"].get<std::string>().size(), 40U);
  EXPECT_EQ(info["subjectName"], "CN=Line CA");
  EXPECT_EQ(info["issuerName"], "CN=Line CA");
  EXPECT_EQ(info["serialNumber"], "1A2B");
  EXPECT_EQ(info["version"], 3);
  EXPECT_LT(info["notBeforeUtc"], info["notAfterUtc"]);
}

TEST(ServiceRecords, give_back_the_info_that_stands_for_a_certificate) {
  const json info = {{"sha256Thumbprint", std::string(64, 'a')}};
  const auto all = listed(json::array({x509("registrationId", "clientCertificates", {{"info", info}})}));
  EXPECT_EQ(enrollment_record(all.individuals().at("one"),
                              nullptr)["attestation"]["x509"]["clientCertificates"]["primary"]["info"],
            info);
}

TEST(ServiceRecords, give_the_endorsement_key_in_both_reads) {
  const json tpm = {{"type", "tpm"}, {"tpm", {{"endorsementKey", "AToAAQ=="}}}};
  const auto all = listed(json::array({{{"registrationId", "t"}, {"attestation", tpm}}}));
  EXPECT_EQ(enrollment_record(all.individuals().at("t"), nullptr)["attestation"], tpm);
  EXPECT_EQ(attestation_mechanism(all.individuals().at("t")), tpm);
}

TEST(ServiceRecords, change_etag_and_date_with_the_record_and_only_then) {
  auto first = listed(json::array({symmetric()}));
  first.succeed({}, noon);
  auto same = listed(json::array({symmetric()}));
  same.succeed(first, later);
  auto other = listed(json::array({symmetric(test_group_key)}));
  other.succeed(same, later);
  const auto dates = [](const Enrollments& all) {
    const json record = enrollment_record(all.individuals().at("pump-1"), nullptr);
    return json{record["createdDateTimeUtc"], record["lastUpdatedDateTimeUtc"], record["etag"]};
  };
  EXPECT_EQ(dates(same), dates(first));
  EXPECT_EQ(dates(other)[0], dates(first)[0]);
  EXPECT_GT(dates(other)[1], dates(first)[1]);
  EXPECT_NE(dates(other)[2], dates(first)[2]);
  EXPECT_EQ(dates(first)[2].get<std::string>().front(), '"') << "its quotes are part of it";
}

TEST(ServiceRecords, take_the_etag_that_a_record_brings_unless_it_is_an_old_one) {
  json record = symmetric();
  record["etag"] = "\"1\"";
  auto first = listed(json::array({record}));
  first.succeed({}, noon);
  record["deviceId"] = "d";
  auto edited = listed(json::array({record}));
  edited.succeed(first, later);
  record["etag"] = "\"2\"";
  auto numbered = listed(json::array({record}));
  numbered.succeed(edited, later);
  EXPECT_EQ(first.individuals().at("pump-1").etag, "\"1\"");
  EXPECT_NE(edited.individuals().at("pump-1").etag, "\"1\"");
  EXPECT_EQ(numbered.individuals().at("pump-1").etag, "\"2\"");
}

}  // namespace
}  // namespace leafgate::standin
