// Whatever fails, and wherever: the list ends as the service has it, and is never half of it in between.
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/flows/sync_site.hpp"

namespace leafgate::sync_sweep_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
constexpr auto group = EnrollmentKind::group;

struct SweepSite : SyncSite {
  std::string before;
  std::string after;

  // An old list that counts, and another one by now.
  void prepare() {
    list.put("Line", "g1", group);
    list.put("Old", "g1", group);
    for (const char* id : {"a", "b", "c", "d", "e"}) list.put(id, "1");
    start();
    ASSERT_TRUE(settles());
    before = held();
    list.groups.erase("Old");
    list.put("Line", "g2", group);
    list.put("New", "g1", group);
    list.states_of["Line"] = {assigned("of-line")};
    list.states_of["New"] = {assigned("of-new")};
    list.individuals.erase("b");
    list.put("c", "2");
    list.put("x", "1");
    list.empty_pages = true;
    list.requests = 0;
    after = listed();
  }
  // False when it was neither.
  bool stays_whole(Millis time) {
    for (Millis passed{0}; passed < time; passed += Millis(200)) {
      pass(Millis(200));
      const std::string now = held();
      if (now != before && now != after) return false;
      if (now == after && sync().report().keys_left == 0 && sync().report().phase == SyncPhase::idle)
        return true;
    }
    return true;
  }
  void expect_done(const std::string& when) {
    EXPECT_TRUE(stays_whole(hours(1))) << when << ": " << held();
    EXPECT_EQ(held(), after) << when;
    EXPECT_EQ(sync().report().keys_left, 0U) << when;
    EXPECT_EQ(key_of("c"), "key c 2 of 16 octets") << when;
    EXPECT_EQ(key_of("a"), "key a 1 of 16 octets") << when;
  }
};

int requests_of_a_run() {
  SweepSite site;
  site.prepare();
  site.sync().start_now();
  site.expect_done("without faults");
  return site.list.requests;
}

TEST(SyncSweep, every_request_fails_once_in_every_way) {
  const int all = requests_of_a_run();
  ASSERT_GT(all, 10);
  const std::vector<std::pair<int, Errc>> ways = {{0, Errc::unreachable}, {0, Errc::timed_out},
                                                  {0, Errc::implausible}, {429, Errc::internal},
                                                  {500, Errc::internal},  {401, Errc::internal}};
  for (const auto& [status, error_code] : ways) {
    for (int at = 1; at <= all; ++at) {
      SweepSite site;
      site.prepare();
      site.list.fault = [at, status = status, code = error_code](int n, ListAnswer& answer,
                                                                 std::optional<Error>& error) {
        if (n != at) return;
        if (status == 0)
          error = Error(code, "cut");
        else
          answer.http_status = status;
      };
      site.sync().start_now();
      if (status == 401) {  // a run does not wait for what it may not read; the next one asks again
        EXPECT_TRUE(site.stays_whole(std::chrono::hours(1))) << at;
        EXPECT_EQ(site.sync().report().phase, SyncPhase::idle) << at;
        EXPECT_EQ(site.held(), site.after) << at;
        site.sync().start_now();
      }
      site.expect_done("request " + std::to_string(at) + ", " + std::to_string(status));
      if (::testing::Test::HasFailure()) return;
    }
  }
}

std::vector<std::string> different_requests_of_a_run() {
  SweepSite site;
  site.prepare();
  site.list.asked.clear();
  site.sync().start_now();
  site.expect_done("without faults");
  std::set<std::string> different(site.list.asked.begin(), site.list.asked.end());
  return {different.begin(), different.end()};
}

// One request that never succeeds: the rest of the run comes to its end without it, what is left out is told,
// and a list of which a part cannot be read does not count.
TEST(SyncSweep, every_request_fails_for_ever_in_every_way) {
  const std::vector<std::string> all = different_requests_of_a_run();
  ASSERT_GT(all.size(), 10U);
  const std::vector<std::pair<int, Errc>> ways = {
      {0, Errc::unreachable}, {0, Errc::timed_out},  {0, Errc::implausible}, {500, Errc::internal},
      {400, Errc::internal},  {408, Errc::internal}, {429, Errc::internal}};
  for (const auto& [status, error_code] : ways) {
    for (const std::string& what : all) {
      const std::string when = what + ", " + std::to_string(status);
      SweepSite site;
      site.prepare();
      site.list.fault = [&site, &what, status = status, code = error_code](int, ListAnswer& answer,
                                                                           std::optional<Error>& error) {
        if (site.list.asked.back() != what) return;
        if (status == 0)
          error = Error(code, "cut");
        else
          answer.http_status = status;
      };
      site.sync().start_now();
      const bool is_listing = what.starts_with("groups") || what.starts_with("individuals");
      EXPECT_TRUE(site.stays_whole(minutes(5))) << when << ": " << site.held();
      site.pass(hours(1));
      EXPECT_EQ(site.held(), is_listing ? site.before : site.after) << when;
      const auto knows = [&site](const char* id) { return site.site.registrations.records.contains(id); };
      const bool keys = what.starts_with("keys ");
      if (!is_listing) {
        EXPECT_EQ(site.sync().report().phase, SyncPhase::idle) << when;
        EXPECT_LE(site.sync().report().keys_left, keys ? 1U : 0U) << when;
        EXPECT_EQ(knows("of-line"), what != "states Line ") << when;
        EXPECT_EQ(knows("of-new"), what != "states New ") << when;
      }
      if (!keys || status != 400) {
        EXPECT_NE(site.sync().report().trouble, Reason::none) << when;
        EXPECT_EQ(site.sync().report().in_part, !is_listing) << when << site.sync().report().detail;
      }
      EXPECT_LT(site.list.requests, 200) << when;
      site.list.fault = nullptr;
      site.sync().start_now();
      site.expect_done(when);
      site.pass(minutes(1));
      EXPECT_EQ(site.sync().report().trouble, Reason::none) << when << site.sync().report().detail;
      EXPECT_TRUE(knows("of-line") && knows("of-new")) << when;
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(SyncSweep, a_restart_at_every_request) {
  const int all = requests_of_a_run();
  for (int at = 1; at <= all; ++at) {
    SweepSite site;
    site.prepare();
    site.list.fault = [at](int n, ListAnswer&, std::optional<Error>& error) {
      if (n >= at) error = Error(Errc::unreachable, "cut");
    };
    site.sync().start_now();
    EXPECT_TRUE(site.stays_whole(seconds(4))) << at;
    site.restart();
    EXPECT_TRUE(site.stays_whole(seconds(2))) << at;
    site.list.fault = nullptr;
    site.sync().start_now();
    site.expect_done("restart at " + std::to_string(at));
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(SyncSweep, every_call_of_the_store_fails_once) {
  for (const Errc code : {Errc::store_full, Errc::throttled}) {
    int at = 1;
    for (bool met = true; met; ++at) {
      SweepSite site;
      site.prepare();
      const int calls = site.store.fail.calls();
      site.store.fail.fail_call(at, Error(code, "the disk"));
      site.sync().start_now();
      site.expect_done("call " + std::to_string(at));
      met = site.store.fail.calls() - calls >= at;
      ASSERT_LT(at, 200);
      if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GT(at, 15);
  }
}

TEST(SyncSweep, keys_that_cannot_be_sealed_now_are_asked_for_again) {
  for (int at = 1; at <= 3; ++at) {
    SweepSite site;
    site.prepare();
    site.site.trust.fail.fail_call(at, Error(Errc::throttled, "locked"));
    site.sync().start_now();
    site.expect_done("seal " + std::to_string(at));
  }
}

TEST(SyncSweep, what_an_operator_imports_meanwhile_is_there_afterwards) {
  const int all = requests_of_a_run();
  for (int at = 1; at <= all; ++at) {
    SweepSite site;
    site.prepare();
    site.list.fault = [at, &site](int n, ListAnswer&, std::optional<Error>&) {
      if (n != at) return;
      Enrollment mine;
      mine.id = "mine";
      mine.etag = "m";
      site.site.enrollments.put(mine);
    };
    site.sync().start_now();
    site.pass(minutes(5));
    EXPECT_TRUE(site.site.enrollments.individuals.contains("mine")) << at;
    site.site.enrollments.individuals.erase("mine");
    EXPECT_EQ(site.held(), site.after) << at;
  }
}

}  // namespace
}  // namespace leafgate::sync_sweep_test
