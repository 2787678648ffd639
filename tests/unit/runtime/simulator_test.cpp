#include "gateway/runtime/simulator.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace leafgate::simulator_test {
namespace {

using namespace std::chrono_literals;

Task<void> tick(std::vector<TimePoint>& at, LoopClock::duration every, int times) {
  for (int i = 0; i < times; ++i) {
    co_await sleep_for(every);
    at.push_back(LoopClock::now());
  }
}

TEST(Simulator, goes_through_a_day_of_sleeps_at_the_exact_moments) {
  Simulator sim(1);
  const TimePoint begin = sim.now();
  std::vector<TimePoint> at;
  sim.spawn(tick(at, 10min, 144));
  sim.run_until_idle();
  ASSERT_EQ(at.size(), 144U);
  EXPECT_EQ(at.front(), begin + 10min);
  EXPECT_EQ(at.back(), begin + 24h);
}

TEST(Simulator, wakes_sleepers_in_order_of_time) {
  Simulator sim(1);
  std::vector<int> order;
  const auto note = [](std::vector<int>& into, LoopClock::duration after, int what) -> Task<void> {
    co_await sleep_for(after);
    into.push_back(what);
  };
  sim.spawn(note(order, 3s, 3));
  sim.spawn(note(order, 1s, 1));
  sim.spawn(note(order, 2s, 2));
  sim.run_until_idle();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
}

TEST(Simulator, runs_for_exactly_the_span_and_leaves_later_sleepers_asleep) {
  Simulator sim(1);
  const TimePoint begin = sim.now();
  std::vector<TimePoint> at;
  sim.spawn(tick(at, 1min, 10));
  sim.run_for(150s);
  EXPECT_EQ(at.size(), 2U);
  EXPECT_EQ(sim.now(), begin + 150s);
  sim.run_for(30s);
  EXPECT_EQ(at.size(), 3U);
}

TEST(Simulator, gives_the_value_of_a_task) {
  Simulator sim(1);
  const auto slow = []() -> Task<int> {
    co_await sleep_for(1h);
    co_return 7;
  };
  EXPECT_EQ(sim.run(slow()), 7);
}

TEST(Simulator, says_so_when_a_task_can_never_end) {
  Simulator sim(1);
  Wakeup never(sim.executor());
  EXPECT_THROW(sim.run(never.wait()), std::logic_error);
}

TEST(Simulator, same_seed_same_chance) {
  std::uint64_t first = 0;
  {
    Simulator sim(5);
    first = sim.random();
  }
  Simulator again(5);
  EXPECT_EQ(again.random(), first);
}

TEST(Simulator, real_time_is_back_when_it_is_gone) {
  const TimePoint before = LoopClock::now();
  { Simulator sim(1); }
  EXPECT_GE(LoopClock::now(), before);
}

TEST(Wakeup, keeps_a_notification_that_came_before_the_wait) {
  Simulator sim(1);
  Wakeup wakeup(sim.executor());
  wakeup.notify();
  EXPECT_TRUE(sim.run(wakeup.wait_until(sim.now() + 1h)));
  const TimePoint begin = sim.now();
  EXPECT_FALSE(sim.run(wakeup.wait_until(sim.now() + 1h)));
  EXPECT_EQ(sim.now(), begin + 1h);
}

TEST(Wakeup, wakes_the_waiter_before_its_time) {
  Simulator sim(1);
  Wakeup wakeup(sim.executor());
  const auto notify_later = [](Wakeup& whom) -> Task<void> {
    co_await sleep_for(5s);
    whom.notify();
  };
  const TimePoint begin = sim.now();
  sim.spawn(notify_later(wakeup));
  EXPECT_TRUE(sim.run(wakeup.wait_until(begin + 1h)));
  EXPECT_EQ(sim.now(), begin + 5s);
  sim.run_until_idle();
  EXPECT_EQ(sim.now(), begin + 5s) << "an expiry that is waited for no more must not move time";
}

}  // namespace
}  // namespace leafgate::simulator_test
