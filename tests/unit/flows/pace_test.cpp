// The pace toward the service, and who gets what share of it.
#include "gateway/flows/pace.hpp"

#include <deque>

#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::pace_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr LoopClock::duration at_once = LoopClock::duration::zero();

TEST(Pace, AThrottledMinuteHalvesItAndQuietOnesBringItBack) {
  Pace pace(30);
  TimePoint now{hours(1)};
  pace.throttled(now, seconds(20));
  EXPECT_DOUBLE_EQ(pace.per_minute(), 15);
  EXPECT_GE(pace.wait(now), seconds(20));
  now += minutes(5);
  EXPECT_EQ(pace.wait(now), at_once);
  EXPECT_DOUBLE_EQ(pace.per_minute(), 20);  // one more per quiet minute
  EXPECT_EQ(pace.wait(now + hours(1)), at_once);
  EXPECT_DOUBLE_EQ(pace.per_minute(), 30);
}

TEST(Pace, AServiceInTroubleIsLeftInPeaceAndThePaceStays) {
  Pace pace(30);
  TimePoint now{hours(1)};
  pace.hold(now, minutes(15));
  EXPECT_DOUBLE_EQ(pace.per_minute(), 30);
  EXPECT_EQ(pace.wait(now), LoopClock::duration(minutes(15)));
  EXPECT_GE(pace.expected(now, 0), Millis(minutes(15)));
  pace.throttled(now + minutes(1), seconds(20));
  EXPECT_DOUBLE_EQ(pace.per_minute(), 15) << "a 429 meanwhile counts";
  EXPECT_EQ(pace.wait(now + minutes(5)), LoopClock::duration(minutes(10)));
  EXPECT_EQ(pace.wait(now + minutes(15)), at_once);
}

TEST(Pace, RelaysTakeAFifthAndCountInTheSameBucket) {
  Pace pace(60);
  TimePoint now{hours(1)};
  int relayed = 0;
  int others = 0;
  for (const TimePoint end = now + minutes(10); now < end; now += Millis(10)) {
    if (pace.wait_for_relay(now) == at_once) {
      pace.took_relay(now);
      ++relayed;
    } else if (pace.wait(now) == at_once) {
      pace.took(now);
      ++others;
    }
  }
  EXPECT_NEAR(relayed, 118, 2);
  EXPECT_NEAR(relayed + others, 590, 4);
}

TEST(Pace, HasNoMinuteAboveItsCeilingWhereverItBegins) {
  for (const int ceiling : {1, 2, 30, 599, 1'000, 6'000, 60'000}) {
    Pace pace(ceiling);
    TimePoint now{hours(1)};
    std::deque<TimePoint> minute;
    std::size_t most = 0;
    std::size_t all = 0;
    for (const TimePoint end = now + minutes(5); now < end;) {
      const auto wait = pace.wait(now);
      // A loop that is late now and then, so that there is something to make up for.
      now += wait;
      if (wait > at_once && all % 500 == 499) now += Millis(50);
      if (wait > at_once) continue;
      pace.took(now);
      ++all;
      minute.push_back(now);
      while (now - minute.front() > seconds(60)) minute.pop_front();
      most = std::max(most, minute.size());
    }
    EXPECT_LE(most, static_cast<std::size_t>(ceiling)) << ceiling;
    EXPECT_GE(static_cast<double>(all), ceiling * 5 * 0.95) << ceiling;
  }
}

TEST(Pace, ATurnThatWasOfNoUseIsTheNextOnes) {
  Pace pace(30);
  TimePoint now{hours(1)};
  ASSERT_EQ(pace.wait(now), at_once);
  std::uint64_t turn = 0;
  for (int i = 0; i < 3; ++i) {
    turn = pace.took(now);
    EXPECT_GT(pace.wait(now), at_once);
    pace.give_back(turn);
    EXPECT_EQ(pace.wait(now), at_once);
  }
  turn = pace.took(now);
  now += seconds(3);
  ASSERT_EQ(pace.wait(now), at_once);
  (void)pace.took(now);
  pace.give_back(turn);
  EXPECT_GT(pace.wait(now), at_once) << "another one went in its place already";
}

TEST(Pace, GivesBackAllTurnsOfOneMoment) {
  Pace pace(6'000);
  const TimePoint now{hours(1)};
  std::vector<std::uint64_t> turns;
  while (pace.wait(now) == at_once) turns.push_back(pace.took(now));
  ASSERT_EQ(turns.size(), 10U);
  for (const std::uint64_t turn : turns) pace.give_back(turn);
  for (std::size_t i = 0; i < turns.size(); ++i) {
    ASSERT_EQ(pace.wait(now), at_once) << i;
    (void)pace.took(now);
  }
  EXPECT_GT(pace.wait(now), at_once);
  pace.give_back(0);
  EXPECT_GT(pace.wait(now), at_once) << "of what was not to be given back";
}

TEST(Pace, ForeseesWhenATurnComes) {
  Pace pace(600);
  const TimePoint now{hours(1)};
  EXPECT_EQ(pace.expected(now, 0), Millis(0));
  EXPECT_NEAR(static_cast<double>(pace.expected(now, 600).count()), 61'000, 100);
  pace.throttled(now, seconds(20));
  EXPECT_NEAR(static_cast<double>(pace.expected(now, 600).count()), 20'000 + 122'000, 200);
}

std::string leaf(int n) { return "leaf-" + std::to_string(n); }

// A site of 60 leaves and a pace of one a second.
struct PacedSite : Site {
  PacedSite() {
    stop();
    options.registrations_per_minute = 60;
    start();
    for (int n = 0; n < 60; ++n) enroll(leaf(n));
  }
};

// Waits for turns and keeps their times.
Task<void> relay_always(Forwarder& forwarder, std::vector<TimePoint>& turns, TimePoint end) {
  while (LoopClock::now() < end) {
    const bool granted = co_await forwarder.relay_turn(0, end);
    if (granted) turns.push_back(LoopClock::now());
  }
}

TEST(RelayTurn, ComesAfterVerifiedLeavesAndIsAFifthAtMost) {
  PacedSite site;
  std::vector<TimePoint> turns;
  for (int n = 0; n < 30; ++n) (void)site.register_leaf(leaf(n));
  site.simulator.spawn(relay_always(site.running->forwarder, turns, site.simulator.now() + minutes(6)));
  site.simulator.run_for(minutes(6));
  ASSERT_EQ(site.service.register_times.size(), 30U);
  EXPECT_GT(turns.front(), site.service.register_times.back());
  for (std::size_t i = 1; i < turns.size(); ++i) EXPECT_GE(turns[i] - turns[i - 1], seconds(5) - Millis(1));
  EXPECT_GE(turns.size(), 60U);
}

TEST(RelayTurn, GoesBeforeRefreshesAndDoesNotHoldThemUp) {
  PacedSite site;
  std::vector<TimePoint> turns;
  for (int n = 0; n < 60; ++n) (void)site.register_leaf(leaf(n));
  site.simulator.run_for(hours(25));
  site.service.register_times.clear();
  for (int n = 0; n < 60; ++n) (void)site.register_leaf(leaf(n));
  site.simulator.spawn(relay_always(site.running->forwarder, turns, site.simulator.now() + minutes(1)));
  site.simulator.run_for(minutes(2));
  ASSERT_EQ(site.service.register_times.size(), 60U);
  EXPECT_NEAR(static_cast<double>(turns.size()), 12, 1);
  EXPECT_LE(turns.front(), site.service.register_times.back());
}

TEST(RelayTurn, IsNotGivenWhileTheServiceIsAwayOrTheGatewayStops) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  (void)site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(10));
  EXPECT_FALSE(site.simulator.run(site.running->forwarder.relay_turn(0, site.simulator.now() + hours(1))));
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.simulator.run(site.running->forwarder.relay_turn(0, site.simulator.now() + hours(1))));
}

TEST(RelayTurn, IsNotLostByWhoLooksUpAndComesBackWithItsPlace) {
  PacedSite site;
  Forwarder& forwarder = site.running->forwarder;
  std::vector<int> order;
  const auto wait = [](Forwarder& of, int place, Millis patience, std::vector<int>& into) -> Task<void> {
    bool granted = false;
    while (!granted)
      granted = co_await of.relay_turn(static_cast<std::uint64_t>(place), LoopClock::now() + patience);
    into.push_back(place);
  };
  for (const int place : {1, 2, 3, 4, 5})
    site.simulator.spawn(wait(forwarder, place, place % 2 == 0 ? Millis(700) : Millis(1'900), order));
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3, 4, 5}));
}

}  // namespace
}  // namespace leafgate::pace_test
