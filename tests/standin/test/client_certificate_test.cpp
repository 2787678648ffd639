// A device that proves itself by its certificate over HTTPS.
#include <gtest/gtest.h>

#include "tests/standin/certificates.hpp"
#include "tests/standin/test/made_certificate.hpp"
#include "tests/standin/test/standin_process.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

struct ClientCertificate : testing::Test {
  void begin(const std::vector<std::string>& options) {
    process.start(options);
    const json primary{{"certificate", ca.pem()}};
    const json x509{{"signingCertificates", {{"primary", primary}}}};
    const json group{{"enrollmentGroupId", "line"}, {"attestation", {{"type", "x509"}, {"x509", x509}}}};
    ASSERT_EQ(process.control("PUT", "/enrollments", json::array({group}).dump()).status / 100, 2);
    device.use_port(process.port());
  }
  Answer put(const std::string& id) { return device.send("PUT", register_target(id), "", "{}"); }
  json seen(const std::string& id) const { return process.control("GET", "/registrations/" + id).json(); }

  StandinProcess process;
  HttpsClient device{0, true};
  const Made ca = make("Line CA");
  const Made leaf = make("pump-07", &ca);
};

TEST_F(ClientCertificate, registers_in_the_version_of_tls_that_was_asked_for) {
  for (const char* version : {"1.2", "1.3"}) {
    begin({"--tls", version});
    device.show(leaf);
    const Answer accepted = put("pump-07");
    ASSERT_EQ(accepted.status, 202) << version << accepted.error.message();
    const std::string operation = accepted.json()["operationId"];
    const json ended = device.send("GET", poll_target("pump-07", operation), "", "").json();
    EXPECT_EQ(ended["status"], "assigned");
    EXPECT_TRUE(ended["registrationState"].contains("x509"));
    EXPECT_EQ(seen("pump-07")["lastCertificate"], thumbprint(*leaf.certificate));
    EXPECT_EQ(seen("pump-07")["lastTls"], std::string("TLSv") + version);
    EXPECT_EQ(seen("pump-07")["enrollmentGroupId"], "line");
    process.stop();
  }
}

TEST_F(ClientCertificate, of_another_device_or_of_none_is_no_proof) {
  begin({});
  EXPECT_EQ(put("pump-07").status, 401);
  EXPECT_EQ(seen("pump-07")["lastCertificate"], "");
  device.show(make("pump-07"));
  EXPECT_EQ(put("pump-07").json()["errorCode"], 401002) << "not of the group's CA";
  device.show(leaf);
  EXPECT_EQ(put("pump-08").json()["errorCode"], 401002);
}

// A client with no such signature goes on without its certificate (RFC 8446 §4.4.2), and is nobody.
TEST_F(ClientCertificate, is_not_shown_by_who_may_not_sign_as_it_can) {
  for (const char* version : {"1.2", "1.3"}) {
    begin({"--tls", version, "--client-signatures", "ECDSA+SHA384"});
    device.show(leaf);
    EXPECT_EQ(put("pump-07").status, version == std::string("1.2") ? 202 : 401);
    process.stop();
  }
}

}  // namespace
}  // namespace leafgate::standin
