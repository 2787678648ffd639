#include "adapters/serial/babble.hpp"

#include "tests/unit/serial/line_fixture.hpp"

namespace leafgate::serial::babble_test {
namespace {

LineTiming at_baud(int baud) {
  LineTiming timing;
  timing.baud = baud;
  return timing;
}

// How long talk at `share` of the line's rate goes on until it is taken for babble.
LoopClock::duration found_after(int baud, double share, LoopClock::duration piece, LoopClock::duration most) {
  const LineTiming timing = at_baud(baud);
  Babble babble(timing);
  const TimePoint begin = TimePoint(std::chrono::hours(1));
  for (TimePoint now = begin; now < begin + most; now += piece) {
    if ((now - begin) % milliseconds(500) < piece) babble.asked();
    babble.heard(now, static_cast<std::size_t>(share * static_cast<double>(piece / timing.of(1))));
    if (babble.is_babbling()) return now - begin;
  }
  return most;
}

TEST(Babble, is_found_within_two_seconds_at_every_rate) {
  for (const int baud : {2400, 9600, 19200, 115200, 921600})
    EXPECT_LE(found_after(baud, 1.0, milliseconds(10), seconds(10)), milliseconds(1500)) << baud;
}

TEST(Babble, is_found_also_when_it_pauses) {
  EXPECT_LE(found_after(115200, 0.6, milliseconds(100), seconds(10)), seconds(2));
}

TEST(Babble, is_not_what_answers_and_faults_are) {
  const LineTiming timing = at_baud(115200);
  Babble babble(timing);
  TimePoint now = TimePoint(std::chrono::hours(1));
  for (int round = 0; round < 10'000; ++round) {
    babble.asked();
    babble.heard(now, 251);
    if (round % 4 != 0) babble.sound(251);  // every fourth is garbled
    now += round % 4 != 0 ? milliseconds(23) : milliseconds(300);
    ASSERT_FALSE(babble.is_babbling()) << round;
  }
}

TEST(Babble, is_not_a_little_noise) {
  Babble babble(at_baud(9600));
  TimePoint now = TimePoint(std::chrono::hours(1));
  for (int round = 0; round < 10'000; ++round) {
    babble.heard(now, 10);
    now += milliseconds(60);
    ASSERT_FALSE(babble.is_babbling()) << round;
  }
}

using Babbling = OneLine;

TEST_F(Babbling, isolates_the_line_within_two_seconds_and_takes_it_back_when_it_is_quiet) {
  for (const int baud : {9600, 115200}) {
    link.lost_ones.clear();
    leaves.clear();
    RegisteringLeaf& leaf = add_leaf(static_cast<std::uint64_t>(baud));
    LineConfig config;
    config.baud = baud;
    start(config);
    ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
    sim.run_for(seconds(30));
    const TimePoint begin = sim.now();
    wire->babble(begin, begin + seconds(60));
    ASSERT_TRUE(run_until([&] { return facts().state == LineState::babbling; }, seconds(2)));
    std::cout << baud << " baud: isolated after "
              << std::chrono::duration_cast<milliseconds>(sim.now() - begin).count() << " ms\n";
    EXPECT_EQ(link.lost_ones.size(), 1U);
    const std::uint64_t sent = facts().frames_sent;
    sim.run_for(begin + seconds(60) - sim.now());
    EXPECT_EQ(facts().frames_sent, sent) << "nothing is asked while it babbles";
    EXPECT_EQ(facts().state, LineState::babbling);
    EXPECT_TRUE(run_until([&] { return facts().state == LineState::working; }, seconds(70)));
    sim.run(lines->stop());
    lines.reset();
  }
}

TEST_F(Babbling, is_found_on_a_line_without_leaves) {
  start();
  sim.run_for(seconds(20));
  const TimePoint begin = sim.now();
  wire->babble(begin, begin + seconds(10));
  EXPECT_TRUE(run_until([&] { return facts().state == LineState::babbling; }, seconds(2)));
}

TEST_F(Babbling, can_be_released) {
  start();
  const TimePoint begin = sim.now();
  wire->babble(begin, begin + seconds(30));
  ASSERT_TRUE(run_until([&] { return facts().state == LineState::babbling; }, seconds(3)));
  ASSERT_TRUE(sim.run(lines->release("line1")).has_value());
  EXPECT_LE(sim.now() - begin, seconds(5));
}

TEST_F(Babbling, of_a_window_leaves_the_device_to_others) {
  LineConfig config;
  config.hold = serial::Hold::window;
  RegisteringLeaf& leaf = add_leaf(1);
  start(config);
  const TimePoint begin = sim.now();
  wire->babble(begin, begin + seconds(30));
  ASSERT_TRUE(run_until([&] { return facts().state == LineState::babbling; }, seconds(3)));
  sim.run_for(milliseconds(10));
  EXPECT_FALSE(wire->is_open());
  EXPECT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(70)));
}

// The time that a leaf's exchange takes on one line, while another line does as it likes.
LoopClock::duration registration_beside(bool is_babbling, bool is_dead) {
  Simulator sim(1);
  AnsweringLink link;
  RegisteringLeaf leaf(1);
  RegisteringLeaf dead(2);
  SerialWire good(sim, 115200);
  SerialWire bad(sim, 115200);
  good.add(leaf.end);
  bad.add(dead.end);
  std::vector<LineConfig> configs(2);
  configs[0].name = "good";
  configs[1].name = "bad";
  const auto device_of = [&](const Executor&, const LineConfig& config) {
    return config.name == "good" ? good.device() : bad.device();
  };
  SerialLines lines(sim.executor(), configs, device_of, link, NameOf());
  if (is_babbling) bad.babble(sim.now(), sim.now() + seconds(20));
  dead.end.is_off = is_dead;
  const TimePoint begin = sim.now();
  lines.start();
  while (!leaf.script.is_registered && sim.now() - begin < seconds(20)) sim.run_for(milliseconds(1));
  const auto took = sim.now() - begin;
  sim.run(lines.stop());
  return took;
}

TEST(TwoLines, neither_babble_nor_a_dead_leaf_on_one_delays_the_other) {
  const auto alone = registration_beside(false, false);
  EXPECT_LT(alone, seconds(5));
  EXPECT_LE(registration_beside(true, false) - alone, milliseconds(100));
  EXPECT_LE(registration_beside(false, true) - alone, milliseconds(100));
}

}  // namespace
}  // namespace leafgate::serial::babble_test
