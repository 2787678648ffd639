#include <regex>

#include <gtest/gtest.h>

#include "tests/standin/encoding.hpp"
#include "tests/standin/test/standin_process.hpp"

namespace leafgate::standin {
namespace {

struct Register : testing::Test {
  Answer put(const std::string& id) { return device.send("PUT", register_target(id), group_token(id), "{}"); }
  Answer get(const std::string& id, const std::string& operation) {
    return device.send("GET", poll_target(id, operation), group_token(id), "");
  }
  std::string operation_of(const Answer& answer) { return answer.json().value("operationId", ""); }
  void begin(const std::vector<std::string>& options = {}) {
    process.start(options);
    device.use_port(process.port());
  }

  StandinProcess process;
  HttpsClient device{0, true};
};

TEST_F(Register, accepts_with_the_headers_of_the_service) {
  begin();
  const Answer answer = put("edge-device-01");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.header("Retry-After"), "3");
  EXPECT_EQ(answer.header("Location"), "https://dps.test/0ne00ABCDEF/registrations/edge-device-01/register");
  EXPECT_EQ(answer.header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(answer.header("x-ms-request-id").size(), 36U);
  EXPECT_EQ(answer.json().size(), 2U);
  EXPECT_EQ(answer.json()["status"], "assigning");
  EXPECT_TRUE(std::regex_match(operation_of(answer),
                               std::regex("4\\.[0-9a-f]{16}\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")));
}

TEST_F(Register, ends_assigned_with_the_full_state_and_members_nobody_knows) {
  begin();
  const Answer answer = get("edge-device-01", operation_of(put("edge-device-01")));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Retry-After"), "");
  const auto state = answer.json()["registrationState"];
  EXPECT_EQ(answer.json()["status"], "assigned");
  EXPECT_EQ(state["registrationId"], "edge-device-01");
  EXPECT_EQ(state["deviceId"], "edge-device-01");
  EXPECT_EQ(state["substatus"], "initialAssignment");
  EXPECT_EQ(state["symmetricKey"]["enrollmentGroupId"], "meters");
  EXPECT_EQ(state["payload"]["site"], "north");
  EXPECT_EQ(state["futureMember"]["kept"].size(), 2U);
  EXPECT_TRUE(std::regex_match(state["createdDateTimeUtc"].get<std::string>(),
                               std::regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{7}Z")));
  EXPECT_EQ(base64_decode(state["etag"].get<std::string>())->front(), '"');
}

TEST_F(Register, polls_as_often_as_told) {
  begin({"--polls", "2", "--retry-after", "0"});
  const Answer first = put("m-1");
  EXPECT_EQ(first.header("Retry-After"), "");
  const Answer assigning = get("m-1", operation_of(first));
  EXPECT_EQ(assigning.status, 202);
  EXPECT_EQ(assigning.json()["registrationState"]["registrationId"], "m-1");
  EXPECT_EQ(get("m-1", operation_of(first)).status, 202);
  EXPECT_EQ(get("m-1", operation_of(first)).status, 200);
}

TEST_F(Register, keeps_the_hub_of_a_known_device_over_a_restart) {
  begin({"--state", process.folder() + "/state", "--hubs", "a.example.net,b.example.net,c.example.net"});
  const auto before = get("m-1", operation_of(put("m-1"))).json()["registrationState"]["assignedHub"];
  EXPECT_EQ(process.stop(), 0);
  begin({"--state", process.folder() + "/state", "--hubs", "c.example.net,b.example.net,a.example.net"});
  EXPECT_EQ(get("m-1", operation_of(put("m-1"))).json()["registrationState"]["assignedHub"], before);
  EXPECT_TRUE(process.control("GET", "/registrations").json()["toldDifferently"].empty());
}

TEST_F(Register, an_individual_record_gives_its_static_hub_and_device_id) {
  begin();
  const std::string id = "line:7_a.b-09";
  const Answer put_answer = device.send("PUT", register_target(id), key_token(id, test_individual_key), "");
  const Answer answer =
      device.send("GET", poll_target(id, operation_of(put_answer)), key_token(id, test_individual_key), "{}");
  EXPECT_EQ(answer.json()["registrationState"]["assignedHub"], "h9.example.net");
  EXPECT_EQ(answer.json()["registrationState"]["deviceId"], "Line-7");
}

TEST_F(Register, a_disabled_enrollment_ends_disabled_with_200) {
  begin();
  const std::string token = key_token("blocked", test_individual_key);
  const Answer accepted = device.send("PUT", register_target("blocked"), token, "{}");
  const Answer answer = device.send("GET", poll_target("blocked", operation_of(accepted)), token, "");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["status"], "disabled");
  EXPECT_EQ(answer.json()["registrationState"]["status"], "disabled");
}

TEST_F(Register, refuses_as_the_service_does) {
  begin();
  const std::string good = group_token("m-1");
  const auto code = [&](const std::string& target, const std::string& token, const std::string& body) {
    const Answer answer = device.send("PUT", target, token, body);
    EXPECT_EQ(answer.json()["errorCode"].get<int>() / 1000, answer.status);
    EXPECT_EQ(answer.json()["trackingId"], answer.header("x-ms-request-id"));
    return answer.status;
  };
  EXPECT_EQ(code(register_target("m-1"), "", "{}"), 401);
  EXPECT_EQ(code(register_target("m-1"), group_token("m-2"), "{}"), 401);
  EXPECT_EQ(code(register_target("m-1"), key_token("m-1", test_group_key), "{}"), 401);
  EXPECT_EQ(code(register_target("m-1"), key_token("m-1", test_individual_key, -5), "{}"), 401);
  EXPECT_EQ(code(register_target("m-1"), good + "&skn=other", "{}"), 401);
  EXPECT_EQ(code(register_target("m-1", "0ne00FFFFFF"), good, "{}"), 404);
  EXPECT_EQ(code(register_target("m_1_"), good, "{}"), 400);
  EXPECT_EQ(code(register_target("m-1"), good, "{\"registrationId\":\"other\"}"), 400);
  EXPECT_EQ(code(register_target("m-1"), good, "[1]"), 400);
  EXPECT_EQ(code(register_target("m-1"), good, "{\"payload\":\"" + std::string(98304, 'x') + "\"}"), 413);
  EXPECT_EQ(get("m-1", "4.0000000000000000.nobody").status, 404);
  EXPECT_EQ(device.send("PATCH", register_target("m-1"), good, "{}").status, 405);
}

TEST_F(Register, answers_the_state_lookup_with_the_bare_state) {
  begin();
  const std::string target = std::string("/") + test_scope + "/registrations/m-1?api-version=2021-10-01";
  EXPECT_EQ(device.send("POST", target, group_token("m-1"), "{}").status, 404);
  get("m-1", operation_of(put("m-1")));
  const Answer answer = device.send("POST", target, group_token("m-1"), "{}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json()["status"], "assigned");
  EXPECT_FALSE(answer.json().contains("operationId"));
}

TEST_F(Register, a_state_changes_when_something_happened_and_keeps_its_age) {
  begin({"--state", process.folder() + "/state"});
  const std::string target = std::string("/") + test_scope + "/registrations/m-1?api-version=2021-10-01";
  const auto look = [&] { return device.send("POST", target, group_token("m-1"), "{}").json(); };
  const std::string operation = operation_of(put("m-1"));
  const auto assigning = look();
  EXPECT_EQ(assigning["status"], "assigning");
  EXPECT_FALSE(assigning.contains("assignedHub"));
  const auto told = get("m-1", operation).json()["registrationState"];
  EXPECT_EQ(told["createdDateTimeUtc"], assigning["createdDateTimeUtc"]);
  EXPECT_GT(told["lastUpdatedDateTimeUtc"], assigning["lastUpdatedDateTimeUtc"]);
  EXPECT_NE(told["etag"], assigning["etag"]);
  EXPECT_EQ(get("m-1", operation).json()["registrationState"]["etag"], told["etag"]) << "nothing happened";
  process.stop();
  begin({"--state", process.folder() + "/state"});
  const auto kept = look();
  for (const char* name : {"etag", "createdDateTimeUtc", "lastUpdatedDateTimeUtc", "assignedHub"})
    EXPECT_EQ(kept[name], told[name]) << name;
}

TEST_F(Register, counts_what_each_device_did) {
  begin();
  put("Meter-9");
  get("meter-9", operation_of(put("meter-9")));
  const auto seen = process.control("GET", "/registrations/meter-9").json();
  EXPECT_EQ(seen["registrationId"], "Meter-9");
  EXPECT_EQ(seen["puts"], 2);
  EXPECT_EQ(seen["polls"], 1);
  EXPECT_EQ(seen["results"].size(), 1U);
  EXPECT_EQ(seen["lastSr"], "raw");
  EXPECT_EQ(seen["lastTransport"], "https");
  EXPECT_EQ(seen["lastCertificate"], "");
  EXPECT_EQ(seen["enrollmentGroupId"], "meters");
  const auto stats = process.control("GET", "/stats").json();
  EXPECT_EQ(stats["requests"]["register"], 2);
  EXPECT_EQ(stats["answers"]["202"], 2);
  EXPECT_EQ(stats["connections"]["accepted"], 1);
}

}  // namespace
}  // namespace leafgate::standin
