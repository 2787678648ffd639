#include "gateway/net/deadlines.hpp"

#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"

namespace leafgate::net::deadlines_test {
namespace {

using namespace std::chrono_literals;

struct Probe final : Expiring {
  void expire(Errc why) override {
    if (!reason) at = LoopClock::now();
    if (!reason) reason = why;
  }
  std::optional<Errc> reason;
  TimePoint at;
};

TEST(Deadlines, meets_each_at_most_a_tenth_of_a_second_late) {
  Simulator sim(1);
  Deadlines deadlines(sim.executor());
  const TimePoint begin = sim.now();
  std::vector<std::unique_ptr<Probe>> probes;
  for (int i = 1; i <= 20; ++i) {
    auto& probe = probes.emplace_back(std::make_unique<Probe>());
    probe->set_deadline(begin + i * 70ms);
    deadlines.add(*probe);
  }
  sim.run_for(2s);
  for (const auto& probe : probes) {
    EXPECT_EQ(probe->reason, Errc::timed_out);
    EXPECT_GE(probe->at, probe->deadline());
    EXPECT_LE(probe->at, probe->deadline() + 100ms);
  }
  probes.clear();
  sim.run_until_idle();
}

TEST(Deadlines, a_moved_deadline_counts) {
  Simulator sim(1);
  Deadlines deadlines(sim.executor());
  Probe probe;
  probe.set_deadline(sim.now() + 1s);
  deadlines.add(probe);
  sim.run_for(900ms);
  probe.set_deadline(sim.now() + 1s);
  sim.run_for(900ms);
  EXPECT_FALSE(probe.reason);
  sim.run_for(300ms);
  EXPECT_TRUE(probe.reason);
}

TEST(Deadlines, forgets_what_is_destroyed_and_rests_when_empty) {
  Simulator sim(1);
  Deadlines deadlines(sim.executor());
  {
    Probe probe;
    deadlines.add(probe);
    sim.run_for(1s);
    EXPECT_EQ(deadlines.size(), 1U);
  }
  EXPECT_EQ(deadlines.size(), 0U);
  const TimePoint before = sim.now();
  sim.run_until_idle();
  EXPECT_LE(sim.now(), before + 100ms);
  Probe again;
  again.set_deadline(sim.now() + 1s);
  deadlines.add(again);
  sim.run_for(1200ms);
  EXPECT_TRUE(again.reason);
}

TEST(Deadlines, stopping_expires_all_at_once) {
  Simulator sim(1);
  Deadlines deadlines(sim.executor());
  Probe first;
  Probe second;
  deadlines.add(first);
  deadlines.add(second);
  deadlines.expire_all(Errc::stopped);
  EXPECT_EQ(first.reason, Errc::stopped);
  EXPECT_EQ(second.reason, Errc::stopped);
}

TEST(Deadlines, may_be_destroyed_while_the_sweep_sleeps) {
  Simulator sim(1);
  Probe probe;
  {
    Deadlines deadlines(sim.executor());
    deadlines.add(probe);
    sim.run_for(50ms);
  }
  const TimePoint before = sim.now();
  sim.run_until_idle();
  EXPECT_EQ(sim.now(), before);
}

}  // namespace
}  // namespace leafgate::net::deadlines_test
