#include "tests/standin/certificates.hpp"

#include <gtest/gtest.h>

#include "tests/standin/enrollments.hpp"
#include "tests/standin/test/made_certificate.hpp"

namespace leafgate::standin {
namespace {

Certificates shown(const std::vector<Made>& chain) {
  Certificates out;
  for (const Made& each : chain) out.push_back(each.certificate);
  return out;
}

nlohmann::json record(const char* id_name, const char* list, const Made& certificate,
                      const char* status = "enabled") {
  const nlohmann::json info = {{"sha256Thumbprint", thumbprint(*certificate.certificate)}};
  return {{id_name, id_name == std::string("registrationId") ? "pump-07" : "line-a"},
          {"provisioningStatus", status},
          {"attestation", {{"type", "x509"}, {"x509", {{list, {{"primary", {{"info", info}}}}}}}}}};
}

class CertificateProof : public testing::Test {
 protected:
  const Made ca_ = make("Site CA");
  const Made other_ = make("Other CA");
  const Made leaf_ = make("pump-07", &ca_);
  const nlohmann::json group_ = record("enrollmentGroupId", "signingCertificates", ca_);

  static std::string who(const nlohmann::json& records, const std::vector<Made>& chain,
                         std::string_view id = "pump-07") {
    const auto all = Enrollments::parse(records.dump());
    const Proof proof = all.prove(id, shown(chain), std::chrono::system_clock::now());
    const auto* proven = std::get_if<Proven>(&proof);
    return proven == nullptr ? "nobody" : proven->enrollment->id;
  }
};

TEST_F(CertificateProof, is_by_the_group_whose_ca_is_in_the_chain) {
  EXPECT_EQ(who(nlohmann::json::array({group_}), {leaf_, ca_}), "line-a");
  EXPECT_EQ(who(nlohmann::json::array({group_}), {leaf_}), "nobody") << "only a thumbprint is held";
  EXPECT_EQ(who(nlohmann::json::array({group_}), {make("pump-07", &other_), ca_}), "nobody");
  EXPECT_EQ(who(nlohmann::json::array({group_}), {leaf_, ca_}, "pump-08"), "nobody");
}

TEST_F(CertificateProof, is_by_the_individual_record_before_any_group) {
  const auto own = make("pump-07");
  const auto individual = record("registrationId", "clientCertificates", own);
  EXPECT_EQ(who({group_, individual}, {own}), "pump-07");
  EXPECT_EQ(who({group_, individual}, {leaf_, ca_}), "nobody");
}

}  // namespace
}  // namespace leafgate::standin
