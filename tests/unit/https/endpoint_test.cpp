#include "adapters/https/endpoint.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/x509.hpp"
#include "tests/unit/https/door.hpp"

namespace leafgate::https::endpoint_test {
namespace {

TEST(HttpsEndpoint, a_register_request_is_answered_202_as_the_service_does) {
  Door door;
  EXPECT_EQ(
      door.says(put(door.registrar.good_token)),
      "HTTP/1.1 202 Accepted\r\n"
      "Content-Type: application/json; charset=utf-8\r\n"
      "Date: Fri, 15 Jan 2027 08:00:00 GMT\r\n"
      "x-ms-request-id: 00000000-0000-4000-8000-000000000000\r\n"
      "Retry-After: 3\r\n"
      "Location: https://dps.site/s/registrations/leaf-1/register\r\n"
      "Content-Length: 94\r\n\r\n"
      R"({"operationId":"5.00000000000000aa.6f1e2d3c-0000-4000-8000-000000000001","status":"assigning"})");
}

TEST(HttpsEndpoint, node_has_its_end_at_once_and_others_with_their_poll) {
  Door door;
  EXPECT_EQ(status_of(door.says(put(door.registrar.good_token, "azure-iot-provisioning-device/1.9.2"))), 200);
  const std::string polled = door.says(put(door.registrar.good_token) + get(FakeRegistrar::operation));
  EXPECT_NE(polled.find("HTTP/1.1 202"), std::string::npos);
  EXPECT_NE(polled.find("HTTP/1.1 200"), std::string::npos) << "on the same connection";
  EXPECT_NE(polled.find(R"("registrationState":{"registrationId":"leaf-1","status":"assigned"}})"),
            std::string::npos);
}

TEST(HttpsEndpoint, a_certificate_speaks_for_a_leaf_that_sends_no_token) {
  Door door;
  door.shown = std::make_shared<const crypto::CertificateChain>();
  std::string bare = put("none");
  bare.erase(bare.find("Authorization"), std::string("Authorization: none\r\n").size());
  (void)door.says(bare);
  (void)door.says(put(door.registrar.good_token));
  ASSERT_EQ(door.registrar.attempts.size(), 2U);
  EXPECT_EQ(std::get<CertificateEvidence>(door.registrar.attempts[0].evidence).chain, door.shown);
  EXPECT_TRUE(std::holds_alternative<SasEvidence>(door.registrar.attempts[1].evidence));
}

std::string put_of_a_tpm() {
  const std::string body =
      R"({"registrationId":"leaf-1","tpm":{"endorsementKey":"AA==","storageRootKey":"BB=="}})";
  return "PUT /s/registrations/leaf-1/register?api-version=1 HTTP/1.1\r\nHost: dps.site\r\n"
         "Content-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

Answer challenge() {
  Answer answer = FakeRegistrar::refused(401, 401000, "Authorization required");
  answer.authentication_key = "ADQAIA==";
  return answer;
}

// The body that C, Node, C#, Java and iot-identity-service read (device protocol sheet §5.4).
TEST(HttpsEndpoint, a_tpm_hears_its_challenge_as_the_service_says_it) {
  Door door;
  door.registrar.trouble = challenge();
  door.shown = std::make_shared<const crypto::CertificateChain>();
  const std::string answer = door.says(put_of_a_tpm());
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_EQ(answer.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(answer.ends_with(
      "\r\n\r\n"
      R"({"message":"Authorization required","authenticationKey":"ADQAIA==","keyName":"registration"})"));
  const Attempt& attempt = door.registrar.attempts.at(0);
  EXPECT_EQ(attempt.request.tpm, (TpmKeys{"AA==", "BB=="}));
  EXPECT_TRUE(std::holds_alternative<NoEvidence>(attempt.evidence)) << "its TLS stack does not speak for it";
}

TEST(HttpsEndpoint, one_challenge_does_not_count_against_a_connection) {
  Door door;
  door.limits.unproven = 1;
  door.registrar.trouble = challenge();
  const std::string answers = door.says(put_of_a_tpm() + put_of_a_tpm() + put_of_a_tpm());
  EXPECT_EQ(count(answers, "HTTP/1.1 401"), 2U);
  EXPECT_EQ(count(answers, "Connection: close"), 1U);
}

TEST(HttpsEndpoint, the_hub_key_of_a_tpm_stands_in_its_state) {
  Door door;
  Answer known;
  known.status = 200;
  known.proven = true;
  known.operation = OperationId::parse(FakeRegistrar::operation).value();
  known.registration_status = RegistrationStatus::assigned;
  known.state = R"({"registrationId":"leaf-1","tpm":{}})";
  known.authentication_key = "ADQA";
  known.gateway_host_name = "gw.site";
  door.registrar.trouble = known;
  const std::string told = door.says(get(FakeRegistrar::operation));
  EXPECT_NE(told.find(R"("registrationState":{"registrationId":"leaf-1","tpm":{"authenticationKey":"ADQA"},)"
                      R"("payload":{"gatewayHostName":"gw.site"}})"),
            std::string::npos)
      << told;
}

TEST(HttpsEndpoint, a_request_tells_the_name_it_came_by) {
  Door door;
  (void)door.says(put(door.registrar.good_token));
  EXPECT_EQ(door.registrar.attempts.at(0).server_name, "dps.site");
  EXPECT_FALSE(door.registrar.attempts[0].knock);
}

TEST(HttpsEndpoint, who_must_go_elsewhere_is_told_to_come_again_on_a_new_connection) {
  Door door;
  door.registrar.trouble = FakeRegistrar::elsewhere();
  const std::string answer = door.says(put(door.registrar.good_token) + get(FakeRegistrar::operation));
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("Retry-After: 3\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(answer.find(R"({"errorCode":503000,"trackingId":)"), std::string::npos);
  EXPECT_EQ(door.registrar.attempts.size(), 1U) << "nothing more is heard";
}

TEST(HttpsEndpoint, where_its_hub_is_found_stands_in_the_payload) {
  Door door;
  Answer known;
  known.status = 200;
  known.proven = true;
  known.state = FakeRegistrar::state;
  known.gateway_host_name = "gw.site";
  door.registrar.trouble = known;
  const std::string told =
      R"({"registrationId":"leaf-1","status":"assigned","payload":{"gatewayHostName":"gw.site"}})";
  EXPECT_TRUE(door.says("POST /s/registrations/leaf-1?api-version=1 HTTP/1.1\r\nHost: x\r\n\r\n")
                  .ends_with("\r\n\r\n" + told));
  door.registrar.trouble->operation = *OperationId::parse(FakeRegistrar::operation);
  EXPECT_NE(door.says(get(FakeRegistrar::operation)).find(R"("registrationState":)" + told),
            std::string::npos);
}

TEST(HttpsEndpoint, a_lookup_gets_the_state_alone) {
  Door door;
  Answer known;
  known.status = 200;
  known.proven = true;
  known.state = FakeRegistrar::state;
  door.registrar.trouble = known;
  const std::string answer = door.says(
      "POST /s/registrations/leaf-1?api-version=1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\n\r\n{}");
  EXPECT_TRUE(answer.ends_with(std::string("\r\n\r\n") + FakeRegistrar::state));
  EXPECT_TRUE(door.registrar.attempts.at(0).lookup);
}

TEST(HttpsEndpoint, a_refusal_is_told_as_the_service_tells_it) {
  Door door;
  const std::string answer = door.says(put("SharedAccessSignature sr=wrong"));
  EXPECT_EQ(status_of(answer), 401);
  EXPECT_NE(answer.find(R"({"errorCode":401000,"trackingId":"00000000-0000-4000-8000-000000000000",)"
                        R"("message":"Unauthorized")"),
            std::string::npos);
  EXPECT_EQ(answer.find("WWW-Authenticate"), std::string::npos) << "the service sends none";
}

TEST(HttpsEndpoint, a_connection_without_a_good_proof_ends) {
  Door door;
  door.limits.unproven = 2;
  const std::string wrong = put("wrong");
  const std::string answers = door.says(wrong + wrong + wrong);
  EXPECT_EQ(door.registrar.attempts.size(), 2U);
  EXPECT_NE(answers.find("Connection: close"), std::string::npos);
}

TEST(HttpsEndpoint, what_is_no_request_is_answered_in_json_and_journaled) {
  Door door;
  const std::string answer = door.says("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  EXPECT_EQ(status_of(answer), 400);
  EXPECT_NE(answer.find("application/json"), std::string::npos);
  ASSERT_EQ(door.journal.events.size(), 1U);
  EXPECT_EQ(door.journal.events[0].reason, Reason::request_malformed);
  EXPECT_EQ(door.journal.events[0].source.transport, Transport::https);
}

TEST(HttpsEndpoint, a_clock_nobody_vouches_for_is_not_given_away) {
  Door door;
  door.clock.quality = ClockQuality::unsynced;
  EXPECT_EQ(door.says(put(door.registrar.good_token)).find("Date:"), std::string::npos);
}

TEST(HttpsEndpoint, a_host_field_cannot_write_fields_of_its_own) {
  Door door;
  const std::string answer = door.says(
      "PUT /s/registrations/leaf-1/register?api-version=1 HTTP/1.1\r\nHost: a b\"<c>\r\nAuthorization: " +
      door.registrar.good_token + "\r\n\r\n");
  EXPECT_EQ(answer.find("Location"), std::string::npos);
}

std::string upgrade(const std::string& path, const std::string& protocol = "mqtt",
                    const std::string& version = "13") {
  return "GET " + path +
         " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: " +
         version + "\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Protocol: " + protocol +
         "\r\n\r\n";
}

TEST(HttpsEndpoint, each_path_of_an_sdk_leads_to_mqtt_over_web_socket) {
  for (const char* path :
       {"/$iothub/websocket?iothub-no-client-cert=true", "/mqtt", "/", "/$IotHub/WebSocket"}) {
    Door door;
    const std::string answer = door.says(upgrade(path, "mqttv3.1, MQTT"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << path;
    EXPECT_NE(answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);
    EXPECT_NE(answer.find("Sec-WebSocket-Protocol: MQTT\r\n"), std::string::npos) << "as it was asked for";
    EXPECT_EQ(answer.find("permessage-deflate"), std::string::npos);
    EXPECT_EQ(answer.find("Beast"), std::string::npos) << "nobody is told of our libraries";
    EXPECT_EQ(door.web_socket.served, 1) << path;
  }
}

TEST(HttpsEndpoint, an_upgrade_that_leads_nowhere_is_refused) {
  Door door;
  EXPECT_EQ(status_of(door.says(upgrade("/chat"))), 404);
  EXPECT_EQ(status_of(door.says(upgrade("/mqtt", "amqp"))), 400);
  const std::string old = door.says(upgrade("/mqtt", "mqtt", "8"));
  EXPECT_EQ(status_of(old), 426);
  EXPECT_NE(old.find("Sec-WebSocket-Version: 13"), std::string::npos);
  EXPECT_EQ(door.web_socket.served, 0);
}

}  // namespace
}  // namespace leafgate::https::endpoint_test
