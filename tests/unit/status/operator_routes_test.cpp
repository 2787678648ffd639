// What an operator asks for beside looking at leaves: changes, and lists of what waits and what was done.
#include <gmock/gmock.h>

#include "gateway/model/percent.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::operator_routes_test {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;
using testing::HasSubstr;

TEST_F(RoutesTest, passes_every_change_on_with_who_asks_and_why) {
  struct Row {
    const char* method;
    const char* target;
    const char* change;
  };
  for (const Row& row :
       std::initializer_list<Row>{{"POST", "/v1/registrations/Line-1/refresh", "refresh Line-1"},
                                  {"DELETE", "/v1/registrations/line-1", "forget line-1"},
                                  {"POST", "/v1/queue/line-1/retry", "retry line-1"},
                                  {"DELETE", "/v1/queue/line-1", "drop line-1"},
                                  {"DELETE", "/v1/enrollments/zone", "remove zone"},
                                  {"DELETE", "/v1/enrollments/zone?kind=group", "remove group zone"}}) {
    HttpRequest asked = request(row.method, row.target);
    asked.headers.add("X-Because", "moved");
    const HttpResponse got = answer(asked);
    EXPECT_EQ(got.status, 200) << row.target << got.body;
    EXPECT_TRUE(Json::parse(got.body).contains("done"));
    EXPECT_EQ(desk.changes.back(), row.change);
    EXPECT_EQ(desk.who.because, "moved");
    asked.headers.add("Origin", "http://localhost");
    EXPECT_EQ(answer(asked).status, 403) << row.target;
  }
  EXPECT_EQ(desk.changes.size(), 6U);
}

TEST_F(RoutesTest, says_no_where_the_desk_does) {
  desk.fail.fail_all(Error(Errc::not_found, "nothing of this leaf waits"));
  EXPECT_EQ(answer(request("DELETE", "/v1/queue/line-1")).status, 404);
  EXPECT_EQ(answer(request("DELETE", "/v1/queue/-no-")).status, 400);
}

TEST_F(RoutesTest, lists_the_names_that_lead_here) {
  desk.site_names.names = {{"global.azure-devices-provisioning.net", "service"}, {"hub.example", "hub"}};
  desk.site_names.addresses = {"192.0.2.1"};
  const Json told = json("/v1/names");
  EXPECT_EQ(told["names"][1]["name"], "hub.example");
  EXPECT_EQ(told["names"][1]["use"], "hub");
  EXPECT_EQ(told["addresses"], Json({"192.0.2.1"}));
}

TEST_F(RoutesTest, lists_strangers_the_queue_and_the_audit_log) {
  desk.strangers_seen["192.0.2.7"].address = "192.0.2.7";
  EXPECT_EQ(json("/v1/strangers")["strangers"][0]["address"], "192.0.2.7");
  QueueRow waiting;
  waiting.registration_id = "line-1";
  waiting.next_try_in = 90s;
  waiting.reason = Reason::service_throttled;
  desk.waiting = {{waiting, waiting}, 7};
  const Json queue = json("/v1/queue?limit=1");
  EXPECT_EQ(queue["queue"].size(), 1U);
  EXPECT_EQ(queue["queue"][0]["nextTryInSeconds"], 90);
  EXPECT_EQ(queue["all"], 7);
  AuditEntry entry;
  entry.sequence = 4;
  entry.what = "forget";
  entry.actor.because = "caf\xff";
  desk.audited.entries = {entry};
  desk.audited.removed = 3;
  const Json audit = json("/v1/audit?since=2026-03-01T00:00:00Z&limit=10");
  EXPECT_EQ(audit["entries"][0]["what"], "forget");
  EXPECT_EQ(audit["removed"], 3);
  EXPECT_EQ(to_rfc3339(desk.audited_since), "2026-03-01T00:00:00.0000000Z");
}

// In which the store takes them in without sorting them on the thread that writes.
TEST_F(RoutesTest, an_import_is_put_into_the_order_of_the_store) {
  EXPECT_EQ(answer(import("registrationId,primaryKey,deviceId\n"
                          "c,AAAAAAAAAAAAAAAAAAAAAA==,1\nb,AAAAAAAAAAAAAAAAAAAAAA==,2\n"
                          "a,AAAAAAAAAAAAAAAAAAAAAA==,3\n"))
                .status,
            200);
  std::string order;
  for (const auto& item : desk.imported) order += item.enrollment.id + item.enrollment.device_id + " ";
  EXPECT_EQ(order, "a3 b2 c1 ");
}

TEST_F(RoutesTest, shows_an_enrollment_but_never_its_keys) {
  Enrollment one;
  one.id = "line-1";
  one.primary_key = SealedKey{"sealed-octets"};
  one.record = R"({"registrationId":"Line-1","iotHubHostName":"hub.example"})";
  desk.enrolled = {one};
  const HttpResponse raw = get("/v1/enrollments/line-1");
  EXPECT_THAT(raw.body, testing::Not(HasSubstr("sealed-octets")));
  const Json got = Json::parse(raw.body)["enrollments"][0];
  EXPECT_EQ(got["primaryKeyHeld"], true);
  EXPECT_EQ(got["secondaryKeyHeld"], false);
  EXPECT_EQ(got["record"]["iotHubHostName"], "hub.example");
  EXPECT_EQ(get("/v1/enrollments/nobody").status, 404);
}

TEST_F(RoutesTest, pages_through_groups_and_individuals_by_the_limit) {
  for (const char* id : {"zone-1", "zone-2", "zone-3"}) {
    Enrollment group;
    group.kind = EnrollmentKind::group;
    group.id = id;
    desk.enrolled.push_back(group);
  }
  for (const char* id : {"a", "b"}) {
    Enrollment one;
    one.id = id;
    desk.enrolled.push_back(one);
  }
  for (const int limit : {1, 2, 3, 4, 100}) {
    std::vector<std::string> told;
    std::string after;
    for (int page = 0; page < 10; ++page) {
      const Json got = json("/v1/enrollments?limit=" + std::to_string(limit) + after);
      EXPECT_LE(got["enrollments"].size(), static_cast<std::size_t>(limit));
      for (const Json& enrollment : got["enrollments"]) told.push_back(enrollment["id"].get<std::string>());
      if (got["next"].is_null()) break;
      after = "&after=" + percent_encode(got["next"].get<std::string>());
    }
    EXPECT_THAT(told, testing::ElementsAre("zone-1", "zone-2", "zone-3", "a", "b")) << limit;
  }
}

}  // namespace
}  // namespace leafgate::status::operator_routes_test
