#include "gateway/app/housekeeping.hpp"

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_site_state.hpp"

namespace leafgate::housekeeping_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class HousekeepingTest : public ::testing::Test {
 protected:
  Simulator simulator_{1};
  FakeSiteState disk_;
  SystemClock clock_{"", WallTime{}};

  // For so long; then the power goes, or it is stopped.
  void run(Millis duration, bool cut) {
    PoweredMeter meter(disk_.state.powered);
    Housekeeping::Hooks hooks;
    hooks.alive = [] { return true; };
    hooks.notify = [](const std::string&) {};
    hooks.status_line = [] { return std::string(); };
    hooks.keep_more = []() -> Task<void> { co_return; };
    Housekeeping housekeeping(simulator_.executor(), disk_, meter, clock_, std::move(hooks));
    simulator_.spawn(housekeeping.run());
    simulator_.run_for(duration);
    const SiteState left = disk_.state;
    housekeeping.stop();
    simulator_.run_for(seconds(1));
    if (cut) disk_.state = left;
  }
};

TEST_F(HousekeepingTest, a_stop_leaves_the_meter_as_it_stands) {
  run(hours(5) + minutes(7), false);
  EXPECT_EQ(disk_.state.powered, PoweredTime(Millis(hours(5) + minutes(7))));
}

TEST_F(HousekeepingTest, power_cuts_at_any_pace_age_what_is_trusted_by_all_that_was_powered) {
  for (const Millis each : {Millis(minutes(2)), Millis(minutes(14)), Millis(minutes(15)), Millis(minutes(16)),
                            Millis(minutes(50)), Millis(hours(9))}) {
    disk_.state.powered = PoweredTime{};
    constexpr int times = 20;
    for (int i = 0; i < times; ++i) run(each, true);
    EXPECT_GE(disk_.state.powered, PoweredTime(times * each)) << each.count();
    EXPECT_LE(disk_.state.powered, PoweredTime(times * (each + minutes(16)))) << each.count();
  }
}

TEST_F(HousekeepingTest, writes_at_most_one_row_in_15_minutes) {
  run(hours(10), true);
  EXPECT_LE(disk_.writes, 41);
  EXPECT_GE(disk_.writes, 39);
}

}  // namespace
}  // namespace leafgate::housekeeping_test
