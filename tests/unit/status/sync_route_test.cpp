#include "gateway/ports/sync_operator.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::sync_route_test {
namespace {

struct FakeSyncOperator : SyncOperator {
  SyncReport report;
  std::vector<Actor> begun;
  Task<SyncReport> sync_report() override { co_return report; }
  Task<Result<void>> sync_now(Actor who) override {
    begun.push_back(std::move(who));
    co_return Result<void>();
  }
};

struct SyncRouteTest : RoutesTest {
  FakeSyncOperator sync;
  Routes with_sync{ports(), gid_t{700}};
  RoutesPorts ports() {
    RoutesPorts out{desk, metrics, sim.executor()};
    out.sync = &sync;
    return out;
  }
  net::HttpResponse ask(net::HttpRequest asked) { return sim.run(with_sync.handle(std::move(asked))); }
};

TEST_F(SyncRouteTest, tells_how_far_the_list_is_taken_in) {
  sync.report.phase = SyncPhase::listing_individuals;
  sync.report.counts = {7, 5, 1, 0};
  sync.report.kept_out = {"b: odd"};
  sync.report.again = true;
  sync.report.missing = 4;
  sync.report.of = 90;
  sync.report.reading_ends_in = std::chrono::seconds(40);
  sync.report.missing_cas = {{"Line", {"ca-1", "ca-2"}, {"ca-2"}}};
  sync.report.odd_states = 2;
  sync.report.left_to_learn = 80'000;
  sync.report.keys_left = 120;
  sync.report.ends_in = std::chrono::minutes(2);
  sync.report.completed = WallTime(Seconds(1'800'000'000));
  sync.report.last.removed = 3;
  sync.report.trouble = Reason::sync_incomplete;
  sync.report.detail = "HTTP 503";
  sync.report.renewals = Renewing::stands_back;
  const auto got = ask(request("GET", "/v1/sync"));
  ASSERT_EQ(got.status, 200) << got.body;
  const auto told = nlohmann::json::parse(got.body);
  EXPECT_EQ(told["phase"], "listing-individuals");
  EXPECT_EQ(told["run"]["read"], 7);
  EXPECT_EQ(told["run"]["keptOut"], 1);
  EXPECT_EQ(told["run"]["notUnderstood"][0], "b: odd");
  EXPECT_EQ(told["run"]["again"], true);
  EXPECT_EQ(told["run"]["missing"], 4);
  EXPECT_EQ(told["run"]["of"], 90);
  EXPECT_EQ(told["run"]["endsInSeconds"], 40);
  EXPECT_EQ(told["missingCas"][0]["group"], "Line");
  EXPECT_EQ(told["missingCas"][0]["named"].size(), 2U);
  EXPECT_EQ(told["missingCas"][0]["missing"][0], "ca-2");
  EXPECT_EQ(told["leaves"]["notUnderstood"], 2);
  EXPECT_EQ(told["leaves"]["left"], 80'000);
  EXPECT_EQ(told["keys"]["endsInSeconds"], 120);
  EXPECT_EQ(told["completed"]["removed"], 3);
  EXPECT_EQ(told["completed"]["at"], "2027-01-15T08:00:00.0000000Z");
  EXPECT_EQ(told["trouble"]["code"], "sync-incomplete");
  EXPECT_EQ(told["trouble"]["detail"], "HTTP 503");
  EXPECT_EQ(told["renewals"], "stands-back");
}

TEST_F(SyncRouteTest, begins_one_for_who_may_change_things_alone) {
  auto asked = request("POST", "/v1/sync");
  asked.headers.add("X-Because", "new leaves");
  EXPECT_EQ(ask(std::move(asked)).status, 200);
  ASSERT_EQ(sync.begun.size(), 1U);
  EXPECT_EQ(sync.begun[0].because, "new leaves");
  auto page = request("POST", "/v1/sync");
  page.headers.add("Origin", "http://gateway");
  EXPECT_GE(ask(std::move(page)).status, 400);
  EXPECT_EQ(sync.begun.size(), 1U);
}

TEST_F(SyncRouteTest, is_not_there_where_the_list_is_not_read) {
  EXPECT_EQ(get("/v1/sync").status, 404);
  EXPECT_EQ(answer(request("POST", "/v1/sync")).status, 404);
}

TEST_F(SyncRouteTest, gives_enrollments_as_a_file_would_have_them) {
  Enrollment one;
  one.id = "a";
  one.mechanism = Mechanism::symmetric_key;
  one.bridge = true;
  one.record = R"({"registrationId":"a","n":12345678901234567890,"attestation":{"type":"symmetricKey"}})";
  desk.enrolled = {one};
  const auto got = get("/v1/enrollments?records=true&kind=individual");
  ASSERT_EQ(got.status, 200) << got.body;
  EXPECT_NE(got.body.find(R"("n":12345678901234567890)"), std::string::npos) << got.body;
  EXPECT_NE(got.body.find(R"("leafgate":{"bridge":true})"), std::string::npos) << got.body;
}

}  // namespace
}  // namespace leafgate::status::sync_route_test
