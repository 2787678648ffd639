#include <set>

#include <gtest/gtest.h>

#include "tests/standin/test/standin_process.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

constexpr const char* policy = "provisioningserviceowner";
constexpr const char* policy_key = "cG9saWN5LWtleQ==";

struct ServiceReads : testing::Test {
  void begin(const std::vector<std::string>& more = {}) {
    std::vector<std::string> options{"--service-policy", policy,          "--service-key",
                                     policy_key,         "--retry-after", "0"};
    options.insert(options.end(), more.begin(), more.end());
    process.start(options);
    reader.use_port(process.port());
    device.use_port(process.port());
  }
  static std::string versioned(const std::string& path) { return path + "?api-version=2021-10-01"; }
  Answer get(const std::string& path,
             const std::string& token = policy_token("dps.test", policy, policy_key)) {
    return reader.send("GET", versioned(path), token, "");
  }
  Answer post(const std::string& path, const std::string& body, const HttpsClient::Headers& more = {}) {
    return reader.send("POST", versioned(path), policy_token("dps.test", policy, policy_key), body, more);
  }
  // Every item of a query, by its continuation; the number of pages in `pages`.
  json all(const std::string& path, const std::string& size) {
    json items = json::array();
    std::string token;
    for (pages = 0; pages < 50; ++pages) {
      HttpsClient::Headers headers{{"x-ms-max-item-count", size}};
      if (!token.empty()) headers.emplace_back("x-ms-continuation", token);
      const Answer answer = post(path, R"({"query":"SELECT *"})", headers);
      EXPECT_EQ(answer.status, 200) << answer.body;
      for (const json& item : answer.json()) items.push_back(item);
      token = answer.header("x-ms-continuation");
      if (token.empty()) return items;
    }
    return items;
  }
  Answer put(const std::string& id, const std::string& token) {
    return device.send("PUT", register_target(id), token, "{}");
  }
  void complete(const std::string& id, const std::string& token) {
    const std::string operation = put(id, token).json().value("operationId", "none");
    ASSERT_EQ(device.send("GET", poll_target(id, operation), token, "").status, 200);
  }
  void rule(const std::string& action, const std::string& id = "*") {
    const json text{
        {"match", {{"op", "service"}, {"id", id}}}, {"times", 1}, {"action", json::parse(action)}};
    ASSERT_EQ(process.control("POST", "/faults", text.dump()).status, 200);
  }

  StandinProcess process;
  HttpsClient reader{0, true};
  HttpsClient device{0, true};
  int pages = 0;
};

TEST_F(ServiceReads, want_the_policys_own_token_for_this_host) {
  begin();
  struct Row {
    std::string token;
    int status;
  };
  const auto signed_for = [](const std::string& sr, const char* name = policy, long lifetime = 60) {
    return policy_token(sr, name, policy_key, lifetime);
  };
  for (const Row& row :
       {Row{signed_for("dps.test"), 200}, Row{signed_for("dps.test%2Fenrollments"), 200},
        Row{signed_for("dps.test%2Fenroll"), 401}, Row{signed_for("dps.test%2FenrollmentGroups"), 401},
        Row{signed_for("other.test"), 401}, Row{signed_for("dps.test", "reader"), 401},
        Row{signed_for("dps.test", policy, -1), 401},
        Row{policy_token("dps.test", policy, test_group_key), 401}, Row{group_token("blocked"), 401},
        Row{"", 401}}) {
    EXPECT_EQ(get("/enrollments/blocked", row.token).status, row.status) << row.token;
  }
}

TEST_F(ServiceReads, are_for_nobody_without_a_policy) {
  process.start({});
  reader.use_port(process.port());
  const Answer answer = get("/enrollments/blocked", policy_token("dps.test", "", policy_key));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.json()["errorCode"], 401000);
}

TEST_F(ServiceReads, want_a_version_they_know) {
  begin();
  const std::string token = policy_token("dps.test", policy, policy_key);
  EXPECT_EQ(reader.send("GET", "/enrollments/blocked", token, "").status, 400);
  EXPECT_EQ(reader.send("GET", "/enrollments/blocked?api-version=2021-10-02", token, "").status, 400);
  EXPECT_EQ(reader.send("GET", "/enrollments/blocked?x=1&api-version=2019-03-31", token, "").status, 200);
}

TEST_F(ServiceReads, find_one_record_whatever_the_case) {
  begin();
  EXPECT_EQ(get("/enrollments/line%3A7_A.b-09").json()["deviceId"], "Line-7");
  EXPECT_EQ(get("/enrollmentgroups/METERS").json()["enrollmentGroupId"], "meters");
  EXPECT_EQ(get("/enrollments/blocked").json()["provisioningStatus"], "disabled");
  EXPECT_EQ(post("/enrollments/blocked/attestationmechanism", "").json()["symmetricKey"]["primaryKey"],
            test_individual_key);
  EXPECT_EQ(post("/enrollmentGroups/meters/attestationmechanism", "").json()["symmetricKey"]["primaryKey"],
            test_group_key);
}

TEST_F(ServiceReads, tell_what_is_not_there) {
  begin();
  struct Row {
    Answer answer;
    int status;
    int code;
  };
  for (const Row& row :
       {Row{get("/enrollments/none"), 404, 404201}, Row{get("/enrollmentGroups/none"), 404, 404202},
        Row{get("/registrations/none"), 404, 404201}, Row{post("/registrations/none/query", ""), 404, 404202},
        Row{post("/enrollments/none/attestationmechanism", ""), 404, 404201},
        Row{get("/enrollments"), 405, 405000}, Row{post("/registrations/m-1", ""), 405, 405000}}) {
    EXPECT_EQ(row.answer.status, row.status);
    EXPECT_EQ(row.answer.json()["errorCode"], row.code);
    EXPECT_EQ(row.answer.header("x-ms-error-code"), std::to_string(row.code));
    EXPECT_EQ(row.answer.json()["trackingId"], row.answer.header("x-ms-request-id"));
  }
}

TEST_F(ServiceReads, query_page_by_page) {
  begin();
  const json individuals = all("/enrollments/query", "1");
  EXPECT_EQ(pages, 1);
  ASSERT_EQ(individuals.size(), 2U);
  EXPECT_EQ(individuals[0]["registrationId"], "blocked");
  EXPECT_FALSE(individuals[0]["attestation"].contains("symmetricKey"));
  EXPECT_EQ(all("/enrollmentGroups/query", "10").size(), 1U);
  const Answer page = post("/enrollments/query", R"({"query":"*"})", {{"x-ms-max-item-count", "1"}});
  EXPECT_EQ(page.header("x-ms-item-type"), "Enrollment");
  EXPECT_EQ(post("/enrollmentGroups/query", R"({"query":"*"})").header("x-ms-item-type"), "EnrollmentGroup");
  EXPECT_EQ(post("/registrations/meters/query", "").header("x-ms-item-type"), "DeviceRegistration");
}

TEST_F(ServiceReads, give_empty_pages_and_caps_where_a_test_wants_them) {
  begin({"--page-size", "1", "--empty-pages", "2"});
  EXPECT_EQ(all("/enrollments/query", "100").size(), 2U);
  EXPECT_GT(pages, 4);
  process.control("POST", "/settings", R"({"page_size":50,"empty_pages":0})");
  EXPECT_EQ(all("/enrollments/query", "100").size(), 2U);
  EXPECT_EQ(pages, 0);
}

TEST_F(ServiceReads, refuse_a_query_they_do_not_know) {
  begin();
  for (const char* body : {"", "{}", "[]", R"({"query":1})", R"({"query":"SELECT * WHERE etag = 'x'"})"})
    EXPECT_EQ(post("/enrollments/query", body).status, 400) << body;
  for (const char* size : {"0", "-1", "x", "1x"})
    EXPECT_EQ(post("/enrollments/query", R"({"query":"*"})", {{"x-ms-max-item-count", size}}).status, 400)
        << size;
  const Answer page = post("/enrollments/query", R"({"query":"*"})", {{"x-ms-max-item-count", "1"}});
  const HttpsClient::Headers token{{"x-ms-continuation", page.header("x-ms-continuation")}};
  EXPECT_EQ(post("/enrollments/query", R"({"query":"*"})", token).status, 200);
  EXPECT_EQ(post("/enrollments/query", R"({"query":"SELECT *"})", token).status, 400);
  EXPECT_EQ(post("/enrollmentGroups/query", R"({"query":"*"})", token).status, 400);
}

TEST_F(ServiceReads, tell_a_state_from_its_first_register_to_its_end) {
  begin();
  const std::string operation = put("m-1", group_token("m-1")).json().value("operationId", "");
  const json assigning = get("/registrations/M-1").json();
  EXPECT_EQ(assigning["status"], "assigning");
  device.send("GET", poll_target("m-1", operation), group_token("m-1"), "");
  const json assigned = get("/registrations/m-1").json();
  EXPECT_EQ(assigned["status"], "assigned");
  EXPECT_EQ(assigned["deviceId"], "m-1");
  EXPECT_EQ(assigned["substatus"], "initialAssignment");
  EXPECT_EQ(assigned["payload"]["site"], "north");
  EXPECT_FALSE(assigned.contains("futureMember")) << "between the device and the webhook";
  EXPECT_FALSE(assigned.contains("symmetricKey"));
  EXPECT_NE(assigned["etag"], assigning["etag"]);
  EXPECT_GT(assigned["lastUpdatedDateTimeUtc"], assigned["createdDateTimeUtc"]);
  EXPECT_EQ(get("/registrations/m-1").json(), assigned) << "reading changes nothing";
}

TEST_F(ServiceReads, keep_a_record_of_who_was_disabled_or_failed_and_none_of_who_was_refused) {
  begin();
  complete("blocked", key_token("blocked", test_individual_key));
  EXPECT_EQ(get("/registrations/blocked").json()["status"], "disabled");
  EXPECT_EQ(get("/enrollments/blocked").json()["registrationState"]["status"], "disabled");
  process.control("POST", "/faults",
                  R"({"times":1,"action":{"failed":{"errorCode":400208,"errorMessage":"no hub"}}})");
  complete("m-2", group_token("m-2"));
  const json failed = get("/registrations/m-2").json();
  EXPECT_EQ(failed["status"], "failed");
  EXPECT_EQ(failed["errorCode"], 400208);
  EXPECT_EQ(failed["errorMessage"], "no hub");
  EXPECT_FALSE(failed["etag"].get<std::string>().empty());
  EXPECT_EQ(put("m-3", key_token("m-3", test_group_key)).status, 401);
  EXPECT_EQ(get("/registrations/m-3").status, 404);
}

TEST_F(ServiceReads, list_the_states_of_one_group) {
  begin();
  for (const char* id : {"m-1", "m-2", "m-3"}) complete(id, group_token(id));
  complete("line:7_a.b-09", key_token("line:7_a.b-09", test_individual_key));
  std::set<std::string> ids;
  for (const json& state : all("/registrations/Meters/query", "2")) ids.insert(state["registrationId"]);
  EXPECT_EQ(ids, (std::set<std::string>{"m-1", "m-2", "m-3"}));
  EXPECT_EQ(pages, 1);
}

TEST_F(ServiceReads, fail_by_rules_of_their_own_and_count_apart) {
  begin();
  rule(R"({"status":429,"retry_after":17})");
  const Answer throttled = get("/registrations/m-1");
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.header("Retry-After"), "17");
  EXPECT_EQ(throttled.json()["errorCode"], 429001);
  rule(R"({"garbage":true})", "blocked");
  EXPECT_EQ(get("/enrollments/line:7_a.b-09").status, 200);
  EXPECT_TRUE(get("/enrollments/blocked").json().is_discarded());
  rule(R"({"implausible":"huge_body"})", "");
  EXPECT_GT(post("/enrollments/query", R"({"query":"*"})").body.size(), 200'000U);
  complete("m-1", group_token("m-1"));
  rule(R"({"implausible":"hub_address"})", "m-1");
  EXPECT_EQ(get("/registrations/m-1").json()["assignedHub"], "192.0.2.17");
  rule(R"({"refuse":true})");
  EXPECT_TRUE(get("/registrations/m-1").error);
  const json stats = process.control("GET", "/stats").json();
  EXPECT_EQ(stats["service"]["requests"]["state"], 3);
  EXPECT_EQ(stats["service"]["requests"]["enrollment"], 2);
  EXPECT_EQ(stats["service"]["answers"]["429"], 1);
  EXPECT_EQ(stats["service"]["faults"], 5);
  EXPECT_EQ(stats["requests"]["register"], 1);
  EXPECT_EQ(stats["requests"]["other"], 0);
  EXPECT_EQ(stats["answers"].size(), 2U);
}

}  // namespace
}  // namespace leafgate::standin
