#include <gmock/gmock.h>

#include "adapters/wire/deny_list.hpp"
#include "tests/fakes/fake_deny_operator.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::deny_routes_test {
namespace {

using Json = nlohmann::json;
using net::HttpResponse;
using testing::ElementsAre;
using testing::HasSubstr;

struct DenyRoutesTest : RoutesTest {
  FakeDenyOperator denials;
  Routes with_denials{[this] {
                        RoutesPorts ports{desk, metrics, sim.executor()};
                        ports.denials = &denials;
                        return ports;
                      }(),
                      gid_t{700}};

  HttpResponse ask(const std::string& method, const std::string& target, std::string body = {}) {
    net::HttpRequest asked = request(method, target);
    asked.body = std::move(body);
    return sim.run(with_denials.handle(std::move(asked)));
  }
};

TEST_F(DenyRoutesTest, tells_the_list_and_what_was_added_here) {
  denials.report.has_signer = true;
  denials.report.list = HeldDenyList{7, "d1", WallTime(Seconds(1'800'000'000))};
  denials.report.listed_count = 2;
  denials.report.local_count = 1;
  denials.report.listed = {make_denial(DenyKind::certificate, std::string(64, 'a')).value()};
  denials.report.local = {make_denial(DenyKind::registration_id, "pump-07").value()};
  denials.report.local[0].until = WallTime(Seconds(1'800'000'000));
  denials.report.fetch_trouble = "the server of deny.url answers 404";
  const Json json = Json::parse(ask("GET", "/v1/deny?limit=10").body);
  EXPECT_EQ(json["number"], 7);
  EXPECT_EQ(json["takesLists"], true);
  EXPECT_EQ(json["listedCount"], 2);
  EXPECT_EQ(json["listed"][0]["certificate"], std::string(64, 'a'));
  EXPECT_EQ(json["local"][0]["registrationId"], "pump-07");
  EXPECT_THAT(std::string(json["local"][0]["until"]), HasSubstr("2027-01-15T08:00:00"));
  EXPECT_EQ(json["fetchTrouble"], "the server of deny.url answers 404");
  EXPECT_FALSE(json["local"][0].contains("ended"));
  denials.report.now = WallTime(Seconds(1'800'000'000));
  const Json later = Json::parse(ask("GET", "/v1/deny?limit=10").body);
  EXPECT_EQ(later["local"][0]["ended"], true);
  EXPECT_FALSE(later["listed"][0].contains("ended"));
}

TEST_F(DenyRoutesTest, takes_a_file_and_tells_what_came_of_it) {
  const std::string payload = R"({"idScope":"0ne00ABCDEF","number":7,"entries":[]})";
  denials.effect.number = 7;
  denials.effect.connections = 3;
  const HttpResponse got =
      ask("POST", "/v1/deny", wire::write_deny_list(payload, DocumentAlgorithm::es256, Bytes(70, 0x30)));
  EXPECT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(Json::parse(got.body)["connectionsEnded"], 3);
  EXPECT_EQ(denials.taken->payload, payload);
  EXPECT_EQ(denials.who.uid, 0);
  EXPECT_EQ(ask("POST", "/v1/deny", payload).status, 400);
  denials.fail.fail_call(1, Error(Errc::conflict, "an older list"));
  EXPECT_EQ(
      ask("POST", "/v1/deny", wire::write_deny_list(payload, DocumentAlgorithm::es256, Bytes(70, 1))).status,
      409);
}

TEST_F(DenyRoutesTest, adds_and_removes_single_entries) {
  const HttpResponse denied = ask("POST", "/v1/deny/entries", R"({"registrationId":"Pump-07"})");
  EXPECT_THAT(denied.body, HasSubstr("denied here from now on"));
  denials.effect.seems_over = true;
  EXPECT_EQ(
      ask("POST", "/v1/deny/entries", R"({"registrationId":"a","until":"2027-01-15T08:00:00Z"})").status,
      200);
  EXPECT_THAT(ask("POST", "/v1/deny/entries", R"({"registrationId":"b"})").body,
              HasSubstr("until the clock is synchronized"));
  EXPECT_EQ(ask("POST", "/v1/deny/entries", R"({"registrationId":"a b"})").status, 400);
  EXPECT_EQ(ask("POST", "/v1/deny/entries", "").status, 400);
  EXPECT_EQ(ask("DELETE", "/v1/deny/entries/registrationId/line%3A1").status, 200);
  EXPECT_EQ(ask("DELETE", "/v1/deny/entries/name/x").status, 400);
  EXPECT_THAT(denials.changes, ElementsAre("deny registrationId pump-07",
                                           "deny registrationId a until 2027-01-15T08:00:00.0000000Z",
                                           "deny registrationId b", "lift registrationId line:1"));
}

TEST_F(DenyRoutesTest, tells_who_is_held_and_takes_an_operators_word) {
  HeldLeaf& leaf = denials.leaves.emplace_back();
  leaf.registration_id = "Pump-07";
  leaf.reason = Reason::credential_swapped;
  leaf.source = "192.0.2.7";
  leaf.mechanism = Mechanism::x509;
  leaf.fingerprint = std::string(64, 'b');
  leaf.earned_by = std::string(64, 'a');
  leaf.times = 4;
  const Json json = Json::parse(ask("GET", "/v1/held").body)["held"][0];
  EXPECT_EQ(json["registrationId"], "Pump-07");
  EXPECT_EQ(json["reason"]["code"], "credential-swapped");
  EXPECT_EQ(json["attestation"], "x509");
  EXPECT_EQ(json["fingerprint"], std::string(64, 'b'));
  EXPECT_EQ(json["earnedBy"], std::string(64, 'a'));
  EXPECT_EQ(json["times"], 4);
  denials.approval.credential = std::string(64, 'b');
  denials.approval.to_do = {"first", "second"};
  const Json approved = Json::parse(ask("POST", "/v1/held/Pump-07/approve?credential=bb").body);
  EXPECT_THAT(approved["toDo"], ElementsAre("first", "second"));
  EXPECT_FALSE(approved.contains("lifts"));
  denials.approval.lifts = {"leafgatectl deny remove pump-07"};
  const Json denied = Json::parse(ask("POST", "/v1/held/Pump-07/approve").body);
  EXPECT_THAT(denied["done"].get<std::string>(), HasSubstr("denied still"));
  EXPECT_EQ(denied["lifts"].size(), 1U);
  EXPECT_EQ(ask("POST", "/v1/held/Pump-07/reject").status, 200);
  EXPECT_THAT(denials.changes, ElementsAre("approve Pump-07 bb", "approve Pump-07", "reject Pump-07"));
}

TEST_F(DenyRoutesTest, is_not_there_without_a_desk) {
  for (const char* path : {"/v1/deny", "/v1/held"}) EXPECT_EQ(get(path).status, 404);
}

}  // namespace
}  // namespace leafgate::status::deny_routes_test
