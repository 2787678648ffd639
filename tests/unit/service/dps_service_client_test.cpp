#include "adapters/service/dps_service_client.hpp"

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/scripted_peers.hpp"

namespace leafgate::service::dps_service_client_test {
namespace {

using End = ScriptedStream::End;

std::string answer(const std::string& status, const std::string& body, const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Type: application/json; charset=utf-8\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string assigned =
    R"({"registrationId":"line-1:a","assignedHub":"hub.azure-devices.net","deviceId":"Line-1","status":"assigned",)"
    R"("lastUpdatedDateTimeUtc":"2026-11-23T01:02:03.4567890Z","etag":"e","payload":null,"new":{"x":1}})";

struct DpsServiceClientTest : testing::Test {
  Simulator sim{1};
  ScriptedPeers peers;
  FakeClock clock;
  net::HttpClient http{"plant.example", peers.connect()};
  DpsServiceClient client{
      sim.executor(),
      {sim.executor(), sim.executor()},
      http,
      std::move(*parse_connection_string("HostName=Plant.example;SharedAccessKeyName=reader;"
                                         "SharedAccessKey=c2VjcmV0IGtleQ==")),
      clock};

  Result<RegistrationState> ask() {
    return sim.run(client.registration_state(RegistrationId::parse("Line-1:a").value()));
  }
  [[nodiscard]] std::string sent() const { return peers.made.back()->written; }
};

TEST_F(DpsServiceClientTest, asks_for_one_registration_with_a_token_of_the_policy) {
  clock.start = WallTime(Seconds(1'800'000'000));
  peers.script({answer("200 OK", assigned)});
  ASSERT_TRUE(ask().has_value());
  EXPECT_TRUE(
      sent().starts_with("GET /registrations/Line-1%3Aa?api-version=2021-10-01 HTTP/1.1\r\n"
                         "Host: plant.example\r\n"))
      << sent();
  // The signature was made with Python's hmac: key "secret key", text "plant.example\n1800000600".
  EXPECT_NE(sent().find("\r\nAuthorization: SharedAccessSignature "
                        "sr=plant.example&sig=ZuELuotoa68upy1qyPZIwvcJAnp88FM%2BqWnxrK65rbI%3D&se=1800000600&"
                        "skn=reader\r\n"),
            std::string::npos)
      << sent();
}

TEST_F(DpsServiceClientTest, reads_what_time_it_is_for_the_service) {
  peers.script({answer("200 OK", assigned, "Date: Mon, 23 Nov 2026 01:02:05 GMT\r\n")});
  const auto state = ask();
  ASSERT_TRUE(state.has_value()) << state.error().detail;
  ASSERT_TRUE(state->answered_at && state->last_updated);
  EXPECT_EQ(*state->answered_at - *state->last_updated, Seconds(2));
}

TEST_F(DpsServiceClientTest, reads_the_state_it_is_told) {
  peers.script({answer("200 OK", assigned)});
  const auto state = ask();
  ASSERT_TRUE(state.has_value()) << state.error().detail;
  EXPECT_EQ(state->http_status, 200);
  EXPECT_EQ(state->status, RegistrationStatus::assigned);
  EXPECT_EQ(state->registration_id, "line-1:a");
  EXPECT_EQ(state->assigned_hub, "hub.azure-devices.net");
  EXPECT_EQ(state->device_id, "Line-1");
  EXPECT_EQ(state->etag, "e");
  EXPECT_EQ(to_rfc3339(*state->last_updated), "2026-11-23T01:02:03.0000000Z");
  EXPECT_NE(state->state.find(R"("new":{"x":1})"), std::string::npos);
  EXPECT_EQ(state->state.find("null"), std::string::npos);
}

TEST_F(DpsServiceClientTest, gives_refusals_and_throttling_as_answers) {
  struct Row {
    const char* status;
    int code;
    std::optional<Seconds> wait;
  };
  for (const Row& row :
       {Row{"404 Not Found", 404201, std::nullopt}, Row{"401 Unauthorized", 401000, std::nullopt},
        Row{"429 Too Many Requests", 429001, Seconds(17)}}) {
    const std::string wait = row.wait ? "Retry-After: " + std::to_string(row.wait->count()) + "\r\n" : "";
    const std::string body =
        R"({"errorCode":)" + std::to_string(row.code) + R"(,"trackingId":"t","message":"m"})";
    peers.script({answer(row.status, body, wait + "Connection: close\r\n")});
    const auto state = ask();
    ASSERT_TRUE(state.has_value()) << row.status;
    EXPECT_EQ(state->http_status, row.code / 1000);
    EXPECT_EQ(state->error_code, row.code);
    EXPECT_EQ(state->retry_after, row.wait);
    EXPECT_EQ(state->tracking_id, "t");
    EXPECT_FALSE(state->status);
  }
}

TEST_F(DpsServiceClientTest, signs_nothing_by_a_clock_that_is_not_trusted) {
  clock.quality = ClockQuality::unsynced;
  EXPECT_EQ(ask().error().code, Errc::throttled);
  EXPECT_TRUE(peers.made.empty());
}

TEST_F(DpsServiceClientTest, does_not_believe_what_is_no_provisioning_service) {
  const std::vector<std::string> rows = {
      answer("200 OK", "<html>please log in</html>"),
      answer("302 Found", "", "Location: https://portal.example/\r\n"),
      answer("202 Accepted", R"({"operationId":"4.a.b","status":"assigning"})"),
      answer("204 No Content", ""),
      answer("401 Unauthorized", "<html>proxy</html>"),
      answer("200 OK", "{}"),
      answer("200 OK", std::string(97 * 1024, ' ')),
      "220 smtp.example ESMTP\r\n",
  };
  for (const std::string& row : rows) {
    peers.script({row});
    const auto state = ask();
    ASSERT_FALSE(state.has_value()) << row.substr(0, 60);
    EXPECT_EQ(state.error().code, Errc::implausible) << row.substr(0, 60);
    http.close_idle();
  }
  EXPECT_EQ(peers.made.size(), rows.size()) << "a redirect was followed or a request repeated";
}

TEST_F(DpsServiceClientTest, tells_cut_answers_from_deadlines) {
  const std::string half = answer("200 OK", assigned).substr(0, 150);
  peers.script({half}, End::reset);
  EXPECT_EQ(ask().error().code, Errc::unreachable);
  peers.script({half}, End::deadline);
  EXPECT_EQ(ask().error().code, Errc::timed_out);
  EXPECT_EQ(ask().error().code, Errc::unreachable);  // nobody there
}

TEST_F(DpsServiceClientTest, asks_for_a_page_and_goes_on_where_the_service_says) {
  peers.script({answer(
      "200 OK",
      R"([{"registrationId":"A","etag":"1","attestation":{"type":"symmetricKey"},"registrationState":)" +
          assigned + R"(},{"registrationId":"b"},{"what":1}])",
      "x-ms-continuation: abc+/=\r\nx-ms-item-type: Enrollment\r\n")});
  const auto page = sim.run(client.enrollments(EnrollmentKind::individual, ""));
  ASSERT_TRUE(page.has_value()) << page.error().detail;
  EXPECT_TRUE(sent().starts_with("POST /enrollments/query?api-version=2021-10-01 HTTP/1.1\r\n")) << sent();
  EXPECT_NE(sent().find("x-ms-max-item-count: 1000\r\n"), std::string::npos);
  EXPECT_EQ(sent().find("x-ms-continuation"), std::string::npos);
  EXPECT_TRUE(sent().ends_with(R"({"query":"SELECT *"})"));
  EXPECT_EQ(page->continuation, "abc+/=");
  ASSERT_EQ(page->records.size(), 1U);
  EXPECT_EQ(page->records[0].enrollment.id, "a");
  EXPECT_EQ(page->records[0].state->assigned_hub, "hub.azure-devices.net");
  ASSERT_EQ(page->odd.size(), 1U);
  EXPECT_EQ(page->odd[0].id, "b");
  EXPECT_EQ(page->nameless, 1U);

  http.close_idle();
  peers.script({answer("200 OK", "[]")});
  const auto last = sim.run(client.enrollments(EnrollmentKind::group, page->continuation));
  ASSERT_TRUE(last.has_value());
  EXPECT_TRUE(sent().starts_with("POST /enrollmentGroups/query?"));
  EXPECT_NE(sent().find("x-ms-continuation: abc+/=\r\n"), std::string::npos);
  EXPECT_EQ(last->continuation, "");

  http.close_idle();
  peers.script({answer("200 OK", "[" + assigned + R"(,{"status":"assigned"},{"registrationId":7}])")});
  const auto states = sim.run(client.states("line:1", ""));
  ASSERT_TRUE(states.has_value());
  EXPECT_TRUE(sent().starts_with("POST /registrations/line%3A1/query?"));
  EXPECT_EQ(states->states.at(0).device_id, "Line-1");
  EXPECT_EQ(states->odd, 2U);
}

TEST_F(DpsServiceClientTest, lets_go_of_a_page_when_it_is_to_stop) {
  peers.script({answer("200 OK", R"([{"registrationId":"A"}])")});
  client.stop();
  EXPECT_EQ(sim.run(client.enrollments(EnrollmentKind::individual, "")).error().code, Errc::stopped);
}

TEST_F(DpsServiceClientTest, asks_for_the_keys_of_a_record) {
  peers.script({answer(
      "200 OK", R"({"type":"symmetricKey","symmetricKey":{"primaryKey":"MDEyMzQ1Njc4OWFiY2RlZg=="}})")});
  const auto keys = sim.run(client.keys(EnrollmentKind::group, "line:1"));
  ASSERT_TRUE(keys.has_value()) << keys.error().detail;
  EXPECT_TRUE(
      sent().starts_with("POST /enrollmentGroups/line%3A1/attestationmechanism?api-version=2021-10-01 "));
  EXPECT_EQ(as_text(keys->primary.view()), "0123456789abcdef");
  EXPECT_TRUE(keys->secondary.empty());
}

TEST_F(DpsServiceClientTest, gives_refusals_of_lists_as_answers_and_believes_no_half_page) {
  peers.script(
      {answer("429 Too Many Requests", R"({"errorCode":429001,"message":"m"})", "Retry-After: 9\r\n")});
  const auto refused = sim.run(client.enrollments(EnrollmentKind::individual, "t"));
  ASSERT_TRUE(refused.has_value()) << refused.error().detail;
  EXPECT_EQ(refused->answer.http_status, 429);
  EXPECT_EQ(refused->answer.retry_after, Seconds(9));
  EXPECT_TRUE(refused->records.empty());
  const std::vector<std::string> rows = {
      answer("200 OK", R"([{"registrationId":"a"})"), answer("200 OK", "{}"), answer("302 Found", ""),
      answer("200 OK", "[]", "x-ms-continuation: " + std::string(5000, 'a') + "\r\n")};
  for (const std::string& row : rows) {
    http.close_idle();
    peers.script({row});
    const auto page = sim.run(client.enrollments(EnrollmentKind::individual, ""));
    ASSERT_FALSE(page.has_value()) << row.substr(0, 60);
    EXPECT_EQ(page.error().code, Errc::implausible) << row.substr(0, 60);
  }
  http.close_idle();
  peers.script({answer("401 Unauthorized", "", "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n")});
  const auto silent = sim.run(client.enrollments(EnrollmentKind::individual, ""));
  ASSERT_TRUE(silent.has_value()) << silent.error().detail;
  EXPECT_EQ(silent->answer.http_status, 401);
  EXPECT_TRUE(silent->answer.answered_at);
  http.close_idle();
  peers.script({answer("404 Not Found", "")});
  EXPECT_EQ(ask().error().code, Errc::implausible) << "nothing is concluded from silence";
  http.close_idle();
  peers.script({answer("200 OK", "[]").substr(0, 60)}, End::reset);
  EXPECT_EQ(sim.run(client.enrollments(EnrollmentKind::individual, "")).error().code, Errc::unreachable);
}

}  // namespace
}  // namespace leafgate::service::dps_service_client_test
