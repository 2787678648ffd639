#include <gmock/gmock.h>

#include "gateway/flows/events.hpp"
#include "tests/fakes/fake_commissioning.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::handover_routes_test {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;
using testing::HasSubstr;

struct HandoverRoutesTest : RoutesTest {
  FakeCommissioning list;
  FakeSelfTest self_test;
  Routes handover{ports(nullptr), gid_t{700}};

  RoutesPorts ports(EventFeed* events) {
    RoutesPorts out{desk, metrics, sim.executor(), events};
    out.commissioning = &list;
    out.self_test = &self_test;
    out.config = [] { return std::string(R"({"settings":{"gateway.name":"gw12"}})"); };
    return out;
  }
  HttpResponse ask(HttpRequest asked) { return sim.run(handover.handle(std::move(asked))); }
  Json told(const std::string& target) {
    const HttpResponse got = ask(request("GET", target));
    EXPECT_EQ(got.status, 200) << got.body;
    return Json::parse(got.body);
  }
  static HttpRequest post(const std::string& body, const std::string& type = "text/csv") {
    HttpRequest out = request("POST", "/v1/expected");
    out.headers.add("Content-Type", type);
    out.body = body;
    return out;
  }
  static HttpRequest by_anybody(HttpRequest asked) {
    net::PeerCredentials somebody;
    somebody.uid = 1000;
    somebody.gid = 1000;
    asked.peer = net::HttpPeer(somebody);
    return asked;
  }
};

TEST_F(HandoverRoutesTest, a_list_tells_counts_rows_and_where_the_next_page_begins) {
  list.page.counts = {3, 1, 0, 1, 1, 0};
  ExpectedRow& row = list.page.rows.emplace_back();
  row.leaf = {"pump-01", "Pump 1", "192.0.2.7", "A", "left"};
  row.state = ExpectedState::waiting;
  row.reason = Reason::wrong_key;
  row.seen_at = "192.0.2.7";
  list.page.next = "1 pump-01";
  const Json json = told("/v1/expected?state=waiting&limit=1&after=1%20a");
  EXPECT_EQ(list.asked.state, ExpectedState::waiting);
  EXPECT_EQ(list.asked.limit, 1U);
  EXPECT_EQ(list.asked.after, "1 a");
  EXPECT_EQ(json["counts"]["done"], 1);
  EXPECT_EQ(json["leaves"][0]["label"], "Pump 1");
  EXPECT_EQ(json["leaves"][0]["state"], "waiting");
  EXPECT_EQ(json["leaves"][0]["reason"]["code"], "wrong-key");
  EXPECT_TRUE(json["leaves"][0]["reason"].contains("nextAction"));
  EXPECT_EQ(json["next"], "1 pump-01");
}

TEST_F(HandoverRoutesTest, an_import_names_every_bad_row_and_takes_nothing_then) {
  EXPECT_EQ(ask(post("registrationId\npump-01\n")).status, 200);
  EXPECT_EQ(list.leaves.size(), 1U);
  const HttpResponse bad =
      ask(post(R"([{"registrationId":"-x"},{"registrationId":"y","label":3}])", "application/json"));
  EXPECT_EQ(bad.status, 422);
  EXPECT_EQ(Json::parse(bad.body)["error"]["mistakes"].size(), 2U);
  EXPECT_EQ(list.leaves.size(), 1U);
  EXPECT_EQ(ask(post("registrationId\npump-01\n", "text/plain")).status, 415);
}

TEST_F(HandoverRoutesTest, only_who_may_change_things_brings_a_list_or_runs_a_check) {
  EXPECT_EQ(ask(by_anybody(post("registrationId\npump-01\n"))).status, 403);
  EXPECT_EQ(ask(by_anybody(request("DELETE", "/v1/expected"))).status, 403);
  EXPECT_EQ(ask(by_anybody(request("POST", "/v1/check"))).status, 403);
  EXPECT_EQ(ask(by_anybody(request("GET", "/v1/expected"))).status, 200);
  EXPECT_EQ(ask(by_anybody(request("GET", "/v1/config"))).status, 200);
  EXPECT_EQ(ask(request("GET", "/v1/check")).status, 405);
}

TEST_F(HandoverRoutesTest, a_check_is_as_bad_as_its_worst_finding) {
  self_test.findings = {{"clock", Health::ok, "synchronized", "", ""}};
  EXPECT_EQ(Json::parse(ask(request("POST", "/v1/check")).body)["health"], "ok");
  self_test.findings.push_back({"disk", Health::fail, "gone", "nothing", "a new one"});
  self_test.findings.push_back({"tpm", Health::warn, "none", "", ""});
  const Json json = Json::parse(ask(request("POST", "/v1/check")).body);
  EXPECT_EQ(json["health"], "fail");
  EXPECT_EQ(json["findings"][1]["nextAction"], "a new one");
  EXPECT_FALSE(json["findings"][0].contains("why"));
}

TEST_F(HandoverRoutesTest, what_is_misspelt_is_said_and_what_is_not_there_is_none) {
  EXPECT_EQ(ask(request("GET", "/v1/expected?state=finished")).status, 400);
  EXPECT_EQ(ask(request("GET", "/v1/expected?stat=done")).status, 400);
  for (const char* path : {"/v1/expected", "/v1/config"}) EXPECT_EQ(get(path).status, 404) << path;
  EXPECT_EQ(answer(request("POST", "/v1/check")).status, 404);
  EXPECT_EQ(told("/v1/config")["settings"]["gateway.name"], "gw12");
}

TEST_F(HandoverRoutesTest, events_that_are_kept_are_told_at_once) {
  Events events;
  Event event;
  event.registration_id = "press-04";
  event.reason = Reason::wrong_key;
  events.tell(event);
  list.labels["press-04"] = "Press 4";
  Routes fed{ports(&events), gid_t{700}};
  const HttpResponse got = sim.run(fed.handle(request("GET", "/v1/events/kept")));
  const Json json = Json::parse(got.body);
  ASSERT_EQ(json["events"].size(), 1U);
  EXPECT_EQ(json["events"][0]["label"], "Press 4");
  EXPECT_EQ(told("/v1/events/kept")["events"].size(), 0U) << "where none are kept";
}

TEST_F(HandoverRoutesTest, labels_stand_beside_ids) {
  list.labels["press-04"] = "Press 4";
  list.labels_at["192.0.2.7"] = "Press 5";
  desk.leaves["press-04"].device.registration_id = "Press-04";
  desk.strangers_seen["192.0.2.7"].address = "192.0.2.7";
  EXPECT_EQ(told("/v1/registrations")["registrations"][0]["label"], "Press 4");
  EXPECT_EQ(told("/v1/registrations/press-04")["label"], "Press 4");
  EXPECT_EQ(told("/v1/strangers")["strangers"][0]["expectedHere"], "Press 5");
}

}  // namespace
}  // namespace leafgate::status::handover_routes_test
