#include <gmock/gmock.h>

#include "adapters/status/report.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::report_route_test {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string header(const net::HttpResponse& got, const char* name) {
  const std::string* value = got.headers.find(name);
  return value == nullptr ? std::string() : *value;
}

TEST_F(RoutesTest, shows_the_site_as_a_page_that_may_do_nothing) {
  desk.report.name = "gw12";
  desk.report.offline_ready = 7;
  desk.report.service_up = true;
  const net::HttpResponse got = get("/");
  ASSERT_EQ(got.status, 200);
  EXPECT_EQ(header(got, "Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(header(got, "Cache-Control"), "no-store");
  EXPECT_EQ(header(got, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(header(got, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header(got, "Content-Security-Policy"), report_policy() + "; frame-ancestors 'none'");
  EXPECT_THAT(got.body, HasSubstr("7 of 7 leaves would be answered if the uplink went now."));
  EXPECT_THAT(got.body, HasSubstr("http-equiv=refresh"));
  EXPECT_THAT(get("/?refresh=no").body, Not(HasSubstr("http-equiv=refresh")));
  EXPECT_EQ(get("/?refresh=yes").status, 400);
  EXPECT_EQ(answer(request("POST", "/")).status, 405);
  net::HttpRequest foreign("GET", "/");
  foreign.headers.add("Host", "rebound.example");
  EXPECT_EQ(answer(foreign).status, 421);
}

TEST_F(RoutesTest, puts_so_many_leaves_on_the_page_and_counts_the_rest) {
  desk.report.registrations = leaves_listed + 5;
  for (std::size_t i = 0; i < leaves_listed + 5; ++i) {
    const std::string id = "leaf-" + std::to_string(100'000 + i);
    desk.leaves[id].device.registration_id = id;
  }
  const std::string page = get("/").body;
  EXPECT_THAT(page, HasSubstr("leaf-109999"));
  EXPECT_THAT(page, Not(HasSubstr("leaf-110000")));
  EXPECT_THAT(page, HasSubstr("And 5 more: "));
  EXPECT_LT(page.size(), 5U << 20U);
}

TEST_F(RoutesTest, shows_the_newest_changes_of_a_long_log) {
  for (int i = 1; i <= 30; ++i) {
    AuditEntry& entry = desk.audited.entries.emplace_back();
    entry.sequence = i;
    entry.object = "object-" + std::to_string(100 + i);
  }
  const std::string page = get("/").body;
  EXPECT_THAT(page, HasSubstr("object-130"));
  EXPECT_THAT(page, HasSubstr("object-111"));
  EXPECT_THAT(page, Not(HasSubstr("object-110")));
}

TEST_F(RoutesTest, lets_others_add_to_the_page) {
  RoutesPorts ports{desk, metrics, sim.executor()};
  ports.report_parts = [](ReportFacts& facts) -> Task<void> {
    facts.outcomes.emplace().counts.emplace_back("confirmed", 97);
    co_return;
  };
  Routes with_parts(ports, gid_t{700});
  const net::HttpResponse got = sim.run(with_parts.handle(request("GET", "/")));
  EXPECT_THAT(got.body, HasSubstr("After the outage"));
}

}  // namespace
}  // namespace leafgate::status::report_route_test
