#include <gmock/gmock.h>

#include "tests/fakes/fake_bridge_operator.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::bridge_route_test {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uid_t bridge_user = 900;

struct BridgeRouteTest : RoutesTest {
  FakeBridgeOperator bridges;
  Routes with_bridges{{desk, metrics, sim.executor(), nullptr, {}, nullptr, nullptr, nullptr, &bridges},
                      gid_t{700},
                      {901, bridge_user}};

  HttpResponse ask(HttpRequest asked) { return sim.run(with_bridges.handle(std::move(asked))); }
  static HttpRequest post(const std::string& query = "", uid_t uid = bridge_user, gid_t gid = 1000) {
    HttpRequest out = request("POST", "/v1/registrations/Leaf-1/hub-token" + query);
    net::PeerCredentials caller;
    caller.uid = uid;
    caller.gid = gid;
    caller.pid = 77;
    out.peer = net::HttpPeer(caller);
    return out;
  }
};

TEST_F(BridgeRouteTest, gives_all_that_an_MQTT_client_of_the_hub_needs) {
  HttpRequest asked = post("?for=30m");
  asked.headers.add("X-Because", "the boiler");
  const HttpResponse got = ask(asked);
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_EQ(*got.headers.find("Cache-Control"), "no-store");
  const Json told = Json::parse(got.body);
  EXPECT_EQ(told["token"], bridges.token.token);
  EXPECT_EQ(told["expires"], "2027-01-15T09:00:00.0000000Z");
  EXPECT_EQ(told["hub"], "hub.example");
  EXPECT_EQ(told["deviceId"], "dev-1");
  EXPECT_EQ(told["username"], "hub.example/dev-1/?api-version=2021-04-12");
  EXPECT_EQ(bridges.asked, std::vector<std::string>{"Leaf-1"});
  EXPECT_EQ(bridges.life, std::chrono::minutes(30));
  EXPECT_EQ(bridges.who.uid, bridge_user);
  EXPECT_EQ(bridges.who.pid, 77);
  EXPECT_EQ(bridges.who.because, "the boiler");
}

TEST_F(BridgeRouteTest, is_for_root_and_the_named_users_alone) {
  struct Row {
    const char* who;
    uid_t uid;
    gid_t gid;
    int status;
  };
  for (const Row& row :
       std::initializer_list<Row>{{"root", 0, 0, 200},
                                  {"a bridge", bridge_user, 1000, 200},
                                  {"another bridge", 901, 1000, 200},
                                  {"a reader", 1000, 1000, 403},
                                  {"an admin", 1000, 700, 403},
                                  {"a group by the number of a bridge", 1000, bridge_user, 403}})
    EXPECT_EQ(ask(post("", row.uid, row.gid)).status, row.status) << row.who;
  EXPECT_EQ(bridges.asked.size(), 3U);
  HttpRequest unknown = post();
  unknown.peer = net::HttpPeer();
  EXPECT_EQ(ask(unknown).status, 403) << "nobody knows who that is";
  HttpRequest page = post("", 0, 0);
  page.headers.add("Origin", "http://localhost");
  EXPECT_EQ(ask(page).status, 403);
  EXPECT_EQ(ask(request("GET", "/v1/registrations/Leaf-1/hub-token")).status, 405);
  EXPECT_EQ(bridges.asked.size(), 3U);
}

TEST_F(BridgeRouteTest, a_bridge_may_change_nothing_else) {
  for (const char* target :
       {"/v1/registrations/leaf-1/refresh", "/v1/queue/leaf-1/retry", "/v1/enrollments"}) {
    HttpRequest asked = post();
    asked.target = target;
    EXPECT_EQ(ask(asked).status, 403) << target;
  }
  EXPECT_THAT(desk.changes, IsEmpty());
}

TEST_F(BridgeRouteTest, without_users_it_is_root_s) {
  Routes nobody_named{{desk, metrics, sim.executor(), nullptr, {}, nullptr, nullptr, nullptr, &bridges},
                      gid_t{700}};
  EXPECT_EQ(sim.run(nobody_named.handle(post())).status, 403);
  EXPECT_EQ(sim.run(nobody_named.handle(post("", 0, 0))).status, 200);
}

TEST_F(BridgeRouteTest, says_when_to_come_again) {
  bridges.fail.fail_all(Error(Errc::throttled, "too often"));
  bridges.retry_after = Seconds(7);
  HttpResponse got = ask(post());
  EXPECT_EQ(got.status, 429);
  ASSERT_NE(got.headers.find("Retry-After"), nullptr);
  EXPECT_EQ(*got.headers.find("Retry-After"), "7");
  bridges.fail.fail_all(Error(Errc::conflict, "no hub yet"));
  bridges.retry_after = Seconds(0);
  got = ask(post());
  EXPECT_EQ(got.status, 409);
  EXPECT_EQ(got.headers.find("Retry-After"), nullptr);
  EXPECT_THAT(got.body, HasSubstr("no hub yet"));
}

TEST_F(BridgeRouteTest, takes_only_what_it_knows) {
  for (const char* query : {"?for=1", "?for=", "?for=an+hour", "?life=30m"})
    EXPECT_EQ(ask(post(query)).status, 400) << query;
  HttpRequest asked = post();
  asked.target = "/v1/registrations/-no-/hub-token";
  EXPECT_EQ(ask(asked).status, 400);
  EXPECT_THAT(bridges.asked, IsEmpty());
  EXPECT_EQ(ask(post()).status, 200);
  EXPECT_EQ(bridges.life, std::chrono::hours(1)) << "where nothing is asked";
  EXPECT_EQ(answer(post("", 0, 0)).status, 404) << "a daemon without that part";
}

}  // namespace
}  // namespace leafgate::status::bridge_route_test
