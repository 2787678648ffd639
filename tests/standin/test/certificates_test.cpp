#include "tests/standin/certificates.hpp"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include "tests/standin/enrollments.hpp"

namespace leafgate::standin {
namespace {

struct Made {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
};

// Signed by `issuer`, or by itself: then a CA.
Made make(const std::string& name, const Made* issuer = nullptr) {
  Made made{{X509_new(), X509_free}, {EVP_EC_gen("P-256"), EVP_PKEY_free}};
  X509* x509 = made.certificate.get();
  const Made& by = issuer == nullptr ? made : *issuer;
  X509_set_version(x509, X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(by.certificate.get()));
  X509_EXTENSION* basic = X509V3_EXT_conf(nullptr, nullptr, "basicConstraints",
                                          issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
  X509_add_ext(x509, basic, -1);
  X509_EXTENSION_free(basic);
  X509_sign(x509, by.key.get(), EVP_sha256());
  return made;
}

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
