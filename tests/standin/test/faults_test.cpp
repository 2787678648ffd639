#include "tests/standin/faults.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/standin/test/standin_process.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

TEST(FaultRules, match_in_order_and_are_used_up) {
  Faults faults;
  faults.add(json::parse(R"({"match":{"id":"m-*","op":"register"},"times":1,"action":{"status":429}})"));
  faults.add(json::parse(R"({"match":{"id":"*"},"action":{"status":503}})"));
  EXPECT_EQ(faults.take(Faults::Op::poll, "M-1")->status, 503);
  EXPECT_EQ(faults.take(Faults::Op::registration, "M-1")->status, 429);
  EXPECT_EQ(faults.take(Faults::Op::registration, "M-1")->status, 503);
}

TEST(FaultRules, keep_the_two_apis_apart) {
  Faults faults;
  faults.add(json::parse(R"({"match":{"op":"any"},"action":{"status":503}})"));
  EXPECT_FALSE(faults.take(Faults::Op::service, "M-1"));
  faults.add(json::parse(R"({"match":{"op":"service","id":"m-*"},"action":{"status":429}})"));
  EXPECT_FALSE(faults.take(Faults::Op::service, ""));
  EXPECT_EQ(faults.take(Faults::Op::service, "M-1")->status, 429);
  EXPECT_EQ(faults.take(Faults::Op::registration, "M-1")->status, 503);
}

TEST(FaultRules, refuse_what_is_misspelt) {
  Faults faults;
  for (const char* bad :
       {R"({})", R"([])", R"({"action":{"statsu":500}})", R"({"action":{"status":"x"}})",
        R"({"match":{"op":"put"},"action":{}})", R"({"match":{"op":"service"},"action":{"disabled":true}})",
        R"({"times":0,"action":{}})", R"({"action":{"implausible":"odd"}})",
        R"({"action":{"failed":{"code":1}}})"}) {
    EXPECT_THROW(faults.add(json::parse(bad)), std::runtime_error) << bad;
  }
}

struct Fault : testing::Test {
  void SetUp() override {
    process.start({"--retry-after", "0"});
    device.use_port(process.port());
  }
  void rule(const std::string& match, const std::string& action, int times = -1) {
    const std::string text =
        "{\"match\":" + match + ",\"times\":" + std::to_string(times) + ",\"action\":" + action + "}";
    ASSERT_EQ(process.control("POST", "/faults", text).status, 200);
  }
  Answer put() { return device.send("PUT", register_target("m-1"), group_token("m-1"), "{}"); }
  Answer get(const Answer& put_answer) {
    return device.send("GET", poll_target("m-1", put_answer.json().value("operationId", "none")),
                       group_token("m-1"), "");
  }
  Answer complete() { return get(put()); }

  StandinProcess process;
  HttpsClient device{0, true};
};

TEST_F(Fault, status_with_retry_after_and_the_error_body_then_normal_again) {
  rule(R"({"op":"register"})", R"({"status":429,"retry_after":7})", 1);
  const Answer throttled = put();
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.header("Retry-After"), "7");
  EXPECT_EQ(throttled.json()["errorCode"], 429001);
  EXPECT_EQ(put().status, 202);
}

TEST_F(Fault, every_status_can_be_had_and_cleared) {
  for (int status : {400, 401, 403, 404, 500, 503}) {
    rule("{}", "{\"status\":" + std::to_string(status) + "}");
    EXPECT_EQ(put().status, status);
    EXPECT_EQ(process.control("DELETE", "/faults").status, 200);
  }
  EXPECT_EQ(complete().status, 200);
}

TEST_F(Fault, latency_holds_the_answer_back) {
  rule("{}", R"({"latency_ms":60})", 1);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(put().status, 202);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(60));
}

TEST_F(Fault, refuse_resets_new_connections_and_those_that_live) {
  EXPECT_EQ(put().status, 202);
  rule("{}", R"({"refuse":true})", 2);
  EXPECT_TRUE(put().error);
  EXPECT_TRUE(put().error);
  EXPECT_EQ(put().status, 202);
  EXPECT_EQ(process.control("GET", "/stats").json()["connections"]["refused"], 1);
}

TEST_F(Fault, reset_in_answer_cuts_it_after_the_effect) {
  rule(R"({"op":"register"})", R"({"reset_in_answer":true})", 1);
  EXPECT_TRUE(put().error);
  EXPECT_EQ(process.control("GET", "/registrations/m-1").json()["accepted"], 1);
  EXPECT_EQ(complete().status, 200);
}

TEST_F(Fault, never_end_stays_assigning) {
  rule(R"({"op":"register"})", R"({"never_end":true})", 1);
  const Answer accepted = put();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(accepted).status, 202);
}

TEST_F(Fault, failed_and_disabled_end_the_operation_with_200) {
  rule("{}", R"({"failed":{"errorCode":400208,"errorMessage":"no hub"}})", 1);
  const auto failed = complete().json();
  EXPECT_EQ(failed["status"], "failed");
  EXPECT_EQ(failed["registrationState"]["errorCode"], 400208);
  EXPECT_EQ(failed["registrationState"]["errorMessage"], "no hub");
  rule("{}", R"({"disabled":true})", 1);
  EXPECT_EQ(complete().json()["status"], "disabled");
}

TEST_F(Fault, garbage_is_not_json) {
  rule(R"({"op":"poll"})", R"({"garbage":true})", 1);
  const Answer answer = complete();
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.json().is_discarded());
}

TEST_F(Fault, hub_moves_the_device_and_the_second_result_is_seen) {
  complete();
  rule(R"({"id":"m-*"})", R"({"hub":"moved.example.net"})", 1);
  const auto state = complete().json()["registrationState"];
  EXPECT_EQ(state["assignedHub"], "moved.example.net");
  EXPECT_EQ(state["substatus"], "deviceDataMigrated");
  EXPECT_EQ(complete().json()["registrationState"]["assignedHub"], "moved.example.net");
  const auto all = process.control("GET", "/registrations").json();
  EXPECT_EQ(all["toldDifferently"], json::array({"m-1"}));
  EXPECT_EQ(all["registrations"][0]["results"].size(), 2U);
}

TEST_F(Fault, implausible_answers_are_wrong_in_the_named_way) {
  const auto spoilt = [&](const std::string& kind) {
    rule("{}", "{\"implausible\":\"" + kind + "\"}", kind == "deep_json" || kind == "huge_body" ? 2 : 1);
    const Answer answer = complete();
    process.control("DELETE", "/faults");
    return answer;
  };
  EXPECT_EQ(spoilt("registration_id").json()["registrationState"]["registrationId"], "somebody-else");
  EXPECT_EQ(spoilt("hub_address").json()["registrationState"]["assignedHub"], "192.0.2.17");
  EXPECT_TRUE(spoilt("null_members").json()["registrationState"]["assignedHub"].is_null());
  EXPECT_GT(spoilt("huge_body").body.size(), 200U * 1024U);
  rule(R"({"op":"poll"})", R"({"implausible":"deep_json"})", 1);
  EXPECT_GT(complete().body.size(), 100'000U);
  rule(R"({"op":"register"})", R"({"implausible":"redirect"})", 1);
  EXPECT_EQ(put().status, 307);
  rule(R"({"op":"register"})", R"({"implausible":"html"})", 1);
  EXPECT_EQ(put().header("Content-Type"), "text/html");
  rule(R"({"op":"register"})", R"({"implausible":"retry_after"})", 1);
  EXPECT_EQ(put().header("Retry-After"), "864000");
  rule(R"({"op":"register"})", R"({"implausible":"operation_id"})", 1);
  EXPECT_NE(put().json()["operationId"].get<std::string>().find('/'), std::string::npos);
}

TEST_F(Fault, down_cuts_everything_and_up_listens_on_the_same_port) {
  EXPECT_EQ(put().status, 202);
  process.control("POST", "/down");
  EXPECT_TRUE(put().error);
  EXPECT_TRUE(put().error);
  process.control("POST", "/up");
  EXPECT_EQ(put().status, 202);
}

TEST_F(Fault, a_misspelt_rule_and_an_unknown_path_are_told) {
  EXPECT_EQ(process.control("POST", "/faults", R"({"action":{"stauts":1}})").status, 400);
  EXPECT_EQ(process.control("POST", "/faults", "{").status, 400);
  EXPECT_EQ(process.control("GET", "/nowhere").status, 404);
}

TEST_F(Fault, enrollments_and_settings_change_while_it_runs) {
  EXPECT_EQ(process.control("PUT", "/enrollments", "[]").json()["enrollments"], 0);
  EXPECT_EQ(put().status, 404);
  EXPECT_EQ(process.control("POST", "/settings", R"({"retry_after":9})").json()["retry_after"], 9);
}

}  // namespace
}  // namespace leafgate::standin
