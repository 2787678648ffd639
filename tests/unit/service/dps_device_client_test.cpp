#include "adapters/service/dps_device_client.hpp"

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/scripted_peers.hpp"

namespace leafgate::service::dps_device_client_test {
namespace {

using namespace std::chrono_literals;
using End = ScriptedStream::End;

std::string answer(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json; charset=utf-8\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string assigning = R"({"operationId":"5.0123456789abcdef.op","status":"assigning"})";
const std::string assigned =
    R"({"operationId":"5.0123456789abcdef.op","status":"assigned","registrationState":{"registrationId":"line-1",)"
    R"("assignedHub":"hub.azure-devices.net","deviceId":"line-1","status":"assigned","etag":"e","new":{"x":1}}})";

struct DpsDeviceClientTest : testing::Test {
  Simulator sim{1};
  ScriptedPeers peers;
  net::HttpClient http{"dps.example", peers.connect()};
  DpsDeviceClient client{sim.executor(), http, IdScope::parse("0ne00000000").value()};
  RegistrationId id = RegistrationId::parse("Line-1:a").value();
  OperationId operation = OperationId::parse("5.0123456789abcdef.op").value();

  Result<ServiceAnswer> put(RegistrationRequest request = {}, std::string token = "SharedAccessSignature x") {
    return sim.run(client.register_device(id, std::move(request), std::move(token)));
  }
  Result<ServiceAnswer> get() { return sim.run(client.operation_status(id, operation, "token")); }
  [[nodiscard]] std::string sent() const { return peers.made.back()->written; }
};

TEST_F(DpsDeviceClientTest, registers_as_the_sdks_do) {
  peers.script({answer("202 Accepted", assigning, "Retry-After: 3\r\nx-ms-request-id: 7\r\n")});
  RegistrationRequest request;
  request.payload = R"({"model":1})";
  auto got = put(request);
  ASSERT_TRUE(got.has_value()) << got.error().detail;
  EXPECT_EQ(got->http_status, 202);
  EXPECT_EQ(got->operation->text(), "5.0123456789abcdef.op");
  EXPECT_EQ(got->status, RegistrationStatus::assigning);
  EXPECT_EQ(got->retry_after, Seconds(3));
  EXPECT_EQ(got->tracking_id, "7");
  EXPECT_TRUE(sent().starts_with(
      "PUT /0ne00000000/registrations/Line-1%3Aa/register?api-version=2021-06-01 HTTP/1.1\r\n"
      "Host: dps.example\r\n"));
  EXPECT_NE(sent().find("\r\nAuthorization: SharedAccessSignature x\r\n"), std::string::npos);
  EXPECT_NE(sent().find("\r\nContent-Type: application/json; charset=utf-8\r\n"), std::string::npos);
  EXPECT_TRUE(
      sent().ends_with("\r\n\r\n"
                       R"({"registrationId":"Line-1:a","payload":{"model":1}})"));
}

TEST_F(DpsDeviceClientTest, asks_without_a_token_for_the_challenge_of_a_tpm) {
  peers.script(
      {answer("401 Unauthorized", R"({"message":"Authorization required","authenticationKey":"ADQAIA==",)"
                                  R"("unencryptedAuthenticationKey":null,"keyName":"registration"})")});
  RegistrationRequest request;
  request.tpm = {"AToA", "ARoA"};
  auto got = put(request, "");
  ASSERT_TRUE(got.has_value()) << got.error().detail;
  EXPECT_EQ(got->http_status, 401);
  EXPECT_EQ(got->authentication_key, "ADQAIA==");
  EXPECT_EQ(got->message, "Authorization required");
  EXPECT_EQ(sent().find("Authorization:"), std::string::npos);
  EXPECT_TRUE(sent().ends_with(
      R"({"registrationId":"Line-1:a","tpm":{"endorsementKey":"AToA","storageRootKey":"ARoA"}})"));
}

TEST_F(DpsDeviceClientTest, parts_the_hub_key_of_a_tpm_from_its_state) {
  peers.script({answer(
      "200 OK", R"({"operationId":"5.a.op","status":"assigned","registrationState":)"
                R"({"registrationId":"line-1","status":"assigned","tpm":{"authenticationKey":"ADQA"}}})")});
  auto got = get();
  ASSERT_TRUE(got.has_value()) << got.error().detail;
  EXPECT_EQ(got->authentication_key, "ADQA");
  EXPECT_EQ(got->state, R"({"registrationId":"line-1","status":"assigned","tpm":{}})");
}

TEST_F(DpsDeviceClientTest, polls_to_the_end_on_the_same_connection) {
  peers.script({answer("202 Accepted", assigning), answer("200 OK", assigned)});
  ASSERT_TRUE(put().has_value());
  auto got = get();
  ASSERT_TRUE(got.has_value()) << got.error().detail;
  EXPECT_EQ(got->status, RegistrationStatus::assigned);
  EXPECT_EQ(got->assigned_hub, "hub.azure-devices.net");
  EXPECT_EQ(got->device_id, "line-1");
  EXPECT_NE(got->state.find(R"("new":{"x":1})"), std::string::npos);
  EXPECT_EQ(peers.made.size(), 1U);
  EXPECT_NE(
      sent().find("GET /0ne00000000/registrations/Line-1%3Aa/operations/5.0123456789abcdef.op?api-version="
                  "2021-06-01 HTTP/1.1\r\n"),
      std::string::npos);
}

TEST_F(DpsDeviceClientTest, asks_for_certificates_by_the_version_that_has_them) {
  peers.script({answer("202 Accepted", assigning), answer("202 Accepted", assigning)});
  RegistrationRequest request;
  request.csr = "MIIB";
  ASSERT_TRUE(put(request).has_value());
  EXPECT_NE(sent().find("/register?api-version=2026-04-01 "), std::string::npos);
  ASSERT_TRUE(get().has_value());
  EXPECT_NE(sent().find("op?api-version=2026-04-01 "), std::string::npos);
}

TEST_F(DpsDeviceClientTest, gives_refusals_as_answers) {
  const std::string body =
      R"({"errorCode":401002,"trackingId":"t","message":"Unauthorized","timestampUtc":"x"})";
  peers.script({answer("401 Unauthorized", body)});
  auto got = put();
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->http_status, 401);
  EXPECT_EQ(got->error_code, 401002);
  EXPECT_EQ(got->message, "Unauthorized");
  EXPECT_EQ(got->tracking_id, "t");
}

TEST_F(DpsDeviceClientTest, bounds_retry_after_and_takes_an_hour_by_the_clock_that_named_it) {
  struct Row {
    std::string header;
    std::optional<Seconds> wait;
  };
  const std::vector<Row> rows = {{"Retry-After: 120", Seconds(120)},
                                 {"Retry-After: 86400", Seconds(900)},
                                 {"Retry-After: Fri, 31 Dec 2027 23:59:59 GMT", std::nullopt},
                                 {"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\nDate: Sun, 06 Nov 1994 "
                                  "08:48:27 GMT",
                                  Seconds(70)},
                                 {"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 "
                                  "08:48:27 GMT",
                                  Seconds(0)},
                                 {"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Mon, 07 Nov 1994 "
                                  "08:49:37 GMT",
                                  Seconds(900)},
                                 {"Retry-After: -1", std::nullopt},
                                 {"Retry-After: 1.5", std::nullopt},
                                 {"X-Other: 1", std::nullopt}};
  for (const Row& row : rows) {
    peers.script({answer("429 Too Many Requests", "{}", row.header + "\r\nConnection: close\r\n")});
    auto got = put();
    ASSERT_TRUE(got.has_value()) << row.header;
    EXPECT_EQ(got->retry_after, row.wait) << row.header;
  }
}

TEST_F(DpsDeviceClientTest, takes_a_front_ends_page_as_overload) {
  for (const char* status : {"503 Service Unavailable", "502 Bad Gateway", "429 Too Many Requests"}) {
    peers.script({std::string("HTTP/1.1 ") + status +
                  "\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 6\r\n\r\n<html>"});
    auto got = put();
    ASSERT_TRUE(got.has_value()) << status;
    EXPECT_EQ(got->http_status, std::stoi(status));
  }
}

TEST_F(DpsDeviceClientTest, takes_a_refusal_without_a_word_as_one_and_its_hour) {
  for (const char* status : {"401 Unauthorized", "403 Forbidden", "404 Not Found"}) {
    peers.script({answer(status, "", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nConnection: close\r\n")});
    auto got = put();
    ASSERT_TRUE(got.has_value()) << status;
    EXPECT_EQ(got->http_status, std::stoi(status));
    EXPECT_EQ(to_rfc3339(got->answered_at.value()), "1994-11-06T08:49:37.0000000Z");
  }
}

TEST_F(DpsDeviceClientTest, does_not_believe_what_is_no_provisioning_service) {
  const std::vector<std::string> rows = {
      answer("200 OK", "<html>please log in</html>"),
      answer("302 Found", "<html>moved</html>", "Location: https://portal.example/\r\n"),
      answer("308 Permanent Redirect", R"({"errorCode":1})"),
      answer("201 Created", assigned),
      answer("307 Temporary Redirect", "", "Location: https://portal.example/\r\n"),
      answer("401 Unauthorized", "<html>proxy</html>"),
      answer("200 OK", "[]"),
      answer("200 OK", "{}"),
      answer("202 Accepted", R"({"status":"assigning"})"),
      answer("200 OK", std::string(97 * 1024, ' ')),
      answer("200 OK", std::string(17, '[') + std::string(17, ']')),
      "HTTP/1.1 200 OK\r\nContent-Length: oops\r\n\r\n",
      "220 smtp.example ESMTP\r\n",
  };
  for (const std::string& row : rows) {
    peers.script({row});
    auto got = put();
    ASSERT_FALSE(got.has_value()) << row.substr(0, 60);
    EXPECT_EQ(got.error().code, Errc::implausible) << row.substr(0, 60);
    http.close_idle();
  }
  EXPECT_EQ(peers.made.size(), rows.size()) << "a redirect was followed or a request repeated";
}

TEST_F(DpsDeviceClientTest, tells_cut_answers_from_deadlines) {
  const std::string half = answer("200 OK", assigned).substr(0, 150);
  peers.script({half}, End::reset);
  EXPECT_EQ(put().error().code, Errc::unreachable);
  peers.script({half}, End::orderly);
  EXPECT_EQ(put().error().code, Errc::unreachable);
  peers.script({half}, End::deadline);
  EXPECT_EQ(put().error().code, Errc::timed_out);
  EXPECT_EQ(put().error().code, Errc::unreachable);  // nobody there
}

TEST_F(DpsDeviceClientTest, never_lets_a_token_break_out_of_its_header) {
  for (const char* token : {"a\r\nX-Evil: 1", "a\nb", "caf\xc3\xa9", "\x01"}) {
    auto got = put({}, token);
    ASSERT_TRUE(got.has_value());
    EXPECT_EQ(got->http_status, 401);
  }
  EXPECT_TRUE(peers.made.empty());
}

TEST_F(DpsDeviceClientTest, finds_out_whether_the_service_can_be_reached_without_a_request) {
  EXPECT_EQ(sim.run(client.reach()).error().code, Errc::unreachable);
  peers.script({answer("202 Accepted", assigning)});
  EXPECT_TRUE(sim.run(client.reach()).has_value());
  EXPECT_EQ(sent(), "");
  EXPECT_TRUE(put().has_value());  // on the connection that was opened to find out
  EXPECT_EQ(peers.made.size(), 1U);
}

TEST_F(DpsDeviceClientTest, asks_without_credential_when_there_is_none) {
  peers.script({answer("202 Accepted", assigning)});
  ASSERT_TRUE(put({}, "").has_value());
  EXPECT_EQ(sent().find("Authorization"), std::string::npos);
}

}  // namespace
}  // namespace leafgate::service::dps_device_client_test
