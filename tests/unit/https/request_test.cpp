#include "adapters/https/request.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace leafgate::https::request_test {
namespace {

net::HttpRequest request(std::string method, std::string target, std::string body = {}) {
  net::HttpRequest out(std::move(method), std::move(target));
  if (!body.empty()) out.headers.add("Content-Type", "application/json; charset=utf-8");
  out.body = std::move(body);
  out.peer.info.address = "192.0.2.7";
  return out;
}

const std::string register_target = "/0ne00000001/registrations/leaf-1/register?api-version=2021-06-01";

TEST(HttpsRequest, a_register_request_says_who_asks_for_what) {
  net::HttpRequest asked =
      request("PUT", register_target, R"({"registrationId":"leaf-1","payload":{"a":1}})");
  asked.headers.add("authorization", "SharedAccessSignature sr=a&sig=b&se=1");
  asked.headers.add("UserAgent", "prov_device_client/1.0");
  const auto understood = read_request(asked);
  const auto& attempt = std::get<Attempt>(understood);
  EXPECT_EQ(attempt.scope.text(), "0ne00000001");
  EXPECT_EQ(attempt.id.text(), "leaf-1");
  EXPECT_EQ(attempt.request.payload, R"({"a":1})");
  EXPECT_EQ(std::get<SasEvidence>(attempt.evidence).token, "SharedAccessSignature sr=a&sig=b&se=1");
  EXPECT_TRUE(attempt.direct) << "C takes the end as the answer to its register request";
  EXPECT_FALSE(attempt.operation || attempt.lookup);
  EXPECT_EQ(attempt.source.address, "192.0.2.7");
}

TEST(HttpsRequest, what_sdks_send_is_taken) {
  struct Row {
    const char* why;
    net::HttpRequest asked;
  };
  std::vector<Row> rows{
      {"nothing but the path", request("PUT", register_target)},
      {"C# with an escaped colon",
       request("PUT", "/0ne00000001/registrations/line%3A7/register?api-version=2019-03-31", "{}")},
      {"words in another case", request("PUT", "/0ne00000001/Registrations/leaf-1/Register?api-version=x")},
      {"a further parameter", request("PUT", register_target + "&forceRegistration=true", "{}")},
      {"an unknown api-version", request("PUT", "/s/registrations/leaf-1/register?api-version=2099-01-01")},
      {"Node.js, a body with its GET",
       request("GET", "/s/registrations/leaf-1/operations/5.aa.bb?api-version=2019-03-31", "{}")},
      {"a lookup", request("POST", "/s/registrations/leaf-1?api-version=2021-06-01", "{}")}};
  rows.push_back({"Content-Encoding of Microsoft's samples", request("PUT", register_target, "{}")});
  rows.back().asked.headers.add("Content-Encoding", "utf-8");
  for (const Row& row : rows)
    EXPECT_TRUE(std::holds_alternative<Attempt>(read_request(row.asked))) << row.why;
}

TEST(HttpsRequest, polls_and_lookups_are_told_apart) {
  const auto poll = read_request(request("GET", "/s/registrations/leaf-1/operations/5.aa.bb?api-version=1"));
  EXPECT_EQ(std::get<Attempt>(poll).operation->text(), "5.aa.bb");
  const auto lookup = read_request(request("POST", "/s/registrations/leaf-1?api-version=1", "{}"));
  EXPECT_TRUE(std::get<Attempt>(lookup).lookup);
}

TEST(HttpsRequest, what_cannot_be_meant_is_refused_with_its_status) {
  struct Row {
    int status;
    net::HttpRequest asked;
  };
  std::vector<Row> rows{{404, request("GET", "/")},
                        {404, request("PUT", "/s/registrations/leaf-1/registered?api-version=1")},
                        {404, request("PUT", "/s/enrollments/leaf-1/register?api-version=1")},
                        {404, request("PUT", "/s/registrations/leaf-1/register/more?api-version=1")},
                        {404, request("PUT", "/no%20scope/registrations/leaf-1/register?api-version=1")},
                        {404, request("GET", "/s/registrations/leaf-1/operations/a%2Fb?api-version=1")},
                        {400, request("PUT", "/s/registrations//register?api-version=1")},
                        {400, request("PUT", "/s/registrations/-leaf/register?api-version=1")},
                        {400, request("PUT", "/s/registrations/leaf%001/register?api-version=1")},
                        {400, request("PUT", "/s/registrations/leaf-1/register")},
                        {400, request("PUT", "/s/registrations/leaf-1/register?api-version=")},
                        {400, request("PUT", register_target, "{")},
                        {400, request("PUT", register_target, "[]")},
                        {400, request("PUT", register_target, R"({"registrationId":"leaf-2"})")},
                        {400, request("POST", "/s/registrations/leaf-1?api-version=1", R"({"csr":"AAAA"})")},
                        {405, request("GET", register_target)},
                        {405, request("DELETE", "/s/registrations/leaf-1?api-version=1")},
                        {405, request("PUT", "/s/registrations/leaf-1/operations/5.aa.bb?api-version=1")}};
  rows.push_back({415, request("PUT", register_target)});
  rows.back().asked.body = "{}";
  rows.back().asked.headers.add("Content-Type", "application/x-www-form-urlencoded");
  rows.push_back({415, request("PUT", register_target, "{}")});
  rows.back().asked.headers.add("Content-Encoding", "gzip");
  rows.push_back({400, request("PUT", register_target, "{}")});
  rows.back().asked.headers.add("Authorization", "a");
  rows.back().asked.headers.add("Authorization", "b");
  for (const Row& row : rows) {
    const auto understood = read_request(row.asked);
    ASSERT_TRUE(std::holds_alternative<Refusal>(understood)) << row.asked.method << " " << row.asked.target;
    EXPECT_EQ(std::get<Refusal>(understood).status, row.status)
        << row.asked.method << " " << row.asked.target;
    EXPECT_FALSE(std::get<Refusal>(understood).detail.empty());
  }
}

TEST(HttpsRequest, only_clients_known_to_take_it_get_a_direct_answer) {
  EXPECT_TRUE(takes_direct_answer("azure-iot-provisioning-device/1.9.2"));
  EXPECT_TRUE(takes_direct_answer("prov_device_client/1.0"));
  for (const char* agent : {"", "Microsoft.Azure.Devices.Provisioning.Client/1.20.0 (.NET)", "curl/7.88.1",
                            "com.microsoft.azure.sdk.iot.provisioning-device-client/2.1"})
    EXPECT_FALSE(takes_direct_answer(agent)) << agent;
}

TEST(HttpsRequest, knows_the_sdk_by_what_it_says_of_itself) {
  const struct {
    const char* agent;
    ClientFamily family;
  } rows[] = {
      {"prov_device_client/1.0", ClientFamily::c},
      {"Microsoft.Azure.Devices.Provisioning.Client/1.20.0 (.NET)", ClientFamily::csharp},
      {"com.microsoft.azure.sdk.iot.dps.dps-device-client/1.8.2 (17.0.2; Linux; amd64)", ClientFamily::java},
      {"azure-iot-provisioning-device/1.9.2", ClientFamily::unknown},
      {"curl/7.88.1", ClientFamily::unknown},
      {"", ClientFamily::unknown},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(client_family(row.agent), row.family) << row.agent;
    net::HttpRequest asked =
        request("GET", "/0ne00ABCDEF/registrations/leaf-1/operations/4.1.x?api-version=1");
    asked.headers.add("User-Agent", row.agent);
    const auto understood = read_request(asked);
    ASSERT_TRUE(std::holds_alternative<Attempt>(understood)) << row.agent;
    EXPECT_EQ(std::get<Attempt>(understood).family, row.family) << row.agent;
  }
}

}  // namespace
}  // namespace leafgate::https::request_test
