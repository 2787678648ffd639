// How old pages of the list may be (semantics §5).
#include "gateway/flows/sync_errand.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/flows/sync_site.hpp"

namespace leafgate::sync_errand_test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

SyncErrand errand(std::optional<WallTime> wall = WallTime(hours(1000))) {
  SyncErrand out;
  out.scope = "plant-3-*,pumps";
  out.begun = hours(10);
  out.begun_wall = wall;
  return out;
}

TEST(SyncErrand, comes_back_as_it_was_kept) {
  EXPECT_EQ(parse_errand(to_text(errand())), errand());
  EXPECT_EQ(parse_errand(to_text(errand(std::nullopt))), errand(std::nullopt));
  for (const char* odd : {"", "all", "plant-3-*,pumps", "a\n", "a\n5", "a\nx -", "a\n5 x", "a\n5 6 7"})
    EXPECT_FALSE(parse_errand(odd)) << odd;
}

TEST(SyncErrand, is_stale_by_a_table) {
  struct Row {
    const char* what;
    PoweredTime powered;
    WallTime wall;
    ClockQuality quality;
    bool stale;
  };
  const auto synced = ClockQuality::synced;
  const std::vector<Row> rows = {
      {"at once", hours(10), WallTime(hours(1000)), synced, false},
      {"within the hour", hours(11), WallTime(hours(1001)), synced, false},
      {"later", hours(11) + seconds(1), WallTime(hours(1000)), synced, true},
      {"switched off for a day", hours(10), WallTime(hours(1024)), synced, true},
      {"by a clock that is not known", hours(10), WallTime(hours(1024)), ClockQuality::unsynced, false},
      {"the clock was set back", hours(10), WallTime(hours(900)), synced, false},
      {"a power cut took what the meter had not saved", hours(10) - minutes(1), WallTime(hours(1000)), synced,
       false},
      {"an older copy of the store", hours(9), WallTime(hours(1000)), synced, true},
  };
  for (const Row& row : rows)
    EXPECT_EQ(is_stale(errand(), row.powered, {row.wall, row.quality}), row.stale) << row.what;
  EXPECT_FALSE(is_stale(errand(std::nullopt), hours(10), {WallTime(hours(9000)), synced}));
}

// A cut in the middle of the list, for as long as it takes, with a restart or without one.
struct CutSync : SyncSite {
  void cut_behind_the_first_page() {
    for (const char* id : {"a", "b", "c", "d", "e"}) list.put(id, "1");
    list.fault = [this](int, ListAnswer&, std::optional<Error>& error) {
      if (list.asked.back() == "individuals tb") error = Error(Errc::unreachable, "cut");
    };
    start();
    pass(seconds(1));
    list.individuals.at("a").listed.enrollment.enabled = false;
    list.put("b", "2");
  }
  void is_back() {
    list.fault = nullptr;
    sync().start_now();
    ASSERT_TRUE(settles());
  }
};

TEST(SyncErrand, a_list_that_goes_on_after_days_begins_anew) {
  CutSync cut;
  cut.cut_behind_the_first_page();
  cut.pass(days(20));
  cut.is_back();
  EXPECT_EQ(cut.held(), cut.listed());
  EXPECT_FALSE(cut.site.enrollments.individuals.at("a").enabled);
}

TEST(SyncErrand, a_restart_after_days_begins_anew) {
  for (const bool powered : {true, false}) {
    CutSync cut;
    cut.cut_behind_the_first_page();
    cut.stop();
    if (powered)
      cut.pass(days(20));
    else
      cut.site.clock.start += days(20);
    cut.site.restart();
    cut.start();
    cut.is_back();
    EXPECT_EQ(cut.held(), cut.listed()) << powered;
  }
}

TEST(SyncErrand, a_restart_within_the_hour_goes_on) {
  CutSync cut;
  cut.cut_behind_the_first_page();
  cut.pass(minutes(10));
  cut.restart();
  cut.list.asked.clear();
  cut.is_back();
  EXPECT_EQ(cut.list.asked.at(0), "individuals tb");
}

// One request a minute: it takes its time, and is never begun again for that.
TEST(SyncErrand, a_list_that_is_read_slowly_comes_to_its_end) {
  SyncSite slow;
  slow.per_minute = 1;
  for (int i = 0; i < 400; ++i)
    slow.list.put("leaf-" + std::to_string(1000 + i), "1", EnrollmentKind::individual, Mechanism::x509);
  slow.start();
  EXPECT_TRUE(slow.settles(hours(5)));
  EXPECT_EQ(slow.held(), slow.listed());
}

}  // namespace
}  // namespace leafgate::sync_errand_test
