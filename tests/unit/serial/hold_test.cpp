#include "tests/unit/serial/line_fixture.hpp"

namespace leafgate::serial::hold_test {
namespace {

// When a line has its device, and when others have it.
using Hold = OneLine;

TEST_F(Hold, release_closes_the_device_and_claim_takes_it_back) {
  RegisteringLeaf& leaf = add_leaf(1);
  start();
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
  ASSERT_TRUE(sim.run(lines->release("line1")).has_value());
  EXPECT_FALSE(wire->is_open());
  EXPECT_EQ(facts().state, LineState::released);
  EXPECT_EQ(link.lost_ones.size(), 1U);
  EXPECT_EQ(sim.run(lines->release("line1")).error().code, Errc::conflict);
  sim.run_for(seconds(60));
  EXPECT_FALSE(wire->is_open());
  EXPECT_EQ(wire->opened(), 1);

  ASSERT_TRUE(sim.run(lines->claim("line1")).has_value());
  EXPECT_EQ(sim.run(lines->claim("line1")).error().code, Errc::conflict);
  EXPECT_TRUE(run_until([&] { return facts().state == LineState::working; }, seconds(5)));
  EXPECT_EQ(wire->opened(), 2);
}

TEST_F(Hold, release_ends_within_a_second_whatever_is_under_way) {
  for (int i = 0; i < 40; ++i) {
    RegisteringLeaf& leaf = add_leaf(static_cast<std::uint64_t>(i + 1));
    leaf.end.is_off = i % 2 == 1;
  }
  LineConfig config;
  config.baud = 9600;
  config.multidrop = true;
  start(config);
  for (int i = 0; i < 60; ++i) {
    sim.run_for(milliseconds(237));
    const TimePoint asked = sim.now();
    ASSERT_TRUE(sim.run(lines->release("line1")).has_value());
    ASSERT_FALSE(wire->is_open());
    ASSERT_LE(sim.now() - asked, seconds(1));
    ASSERT_TRUE(sim.run(lines->claim("line1")).has_value());
  }
}

TEST_F(Hold, knows_no_other_line) {
  start();
  EXPECT_EQ(sim.run(lines->release("line2")).error().code, Errc::not_found);
  EXPECT_EQ(sim.run(lines->claim("line2")).error().code, Errc::not_found);
}

TEST_F(Hold, a_window_is_open_for_work_and_for_a_look_only) {
  LineConfig config;
  config.hold = serial::Hold::window;
  RegisteringLeaf& leaf = add_leaf(1);
  leaf.script.retry_after = milliseconds(100);
  start(config);
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
  EXPECT_TRUE(run_until([&] { return !wire->is_open(); }, seconds(30)));
  EXPECT_EQ(facts().state, LineState::waiting);
  EXPECT_TRUE(link.lost_ones.empty()) << "a leaf is not lost while others have the line";

  // In ten minutes: a look every minute, each for a second or so.
  const int opened = wire->opened();
  LoopClock::duration held{};
  for (int i = 0; i < 6000; ++i) {
    sim.run_for(milliseconds(100));
    if (wire->is_open()) held += milliseconds(100);
  }
  EXPECT_NEAR(wire->opened() - opened, 10, 1);
  EXPECT_LE(held, seconds(20));
  EXPECT_TRUE(link.lost_ones.empty());
  EXPECT_TRUE(link.carriers.at("line1/1")->is_there());
}

TEST_F(Hold, a_window_opens_at_once_for_what_is_to_be_said) {
  LineConfig config;
  config.hold = serial::Hold::window;
  RegisteringLeaf& leaf = add_leaf(1);
  start(config);
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered && !wire->is_open(); }, seconds(60)));
  sim.run_for(seconds(5));
  const std::size_t heard = leaf.script.kinds.size();
  link.carriers.at("line1/1")->send(message_of(7, 40));
  EXPECT_TRUE(run_until([&] { return leaf.script.kinds.size() > heard; }, seconds(3)));
  EXPECT_EQ(leaf.script.kinds.back(), 7);
}

TEST_F(Hold, a_window_can_be_released_open_or_closed_and_looks_at_once_when_it_is_claimed) {
  LineConfig config;
  config.hold = serial::Hold::window;
  RegisteringLeaf& leaf = add_leaf(1);
  start(config);
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
  for (const bool is_open : {true, false}) {
    ASSERT_TRUE(run_until([&] { return wire->is_open() == is_open; }, seconds(60)));
    ASSERT_TRUE(sim.run(lines->release("line1")).has_value());
    EXPECT_FALSE(wire->is_open());
    EXPECT_FALSE(link.carriers.at("line1/1")->is_there());
    sim.run_for(seconds(130));
    EXPECT_FALSE(wire->is_open());
    ASSERT_TRUE(sim.run(lines->claim("line1")).has_value());
    leaf.script.register_again();
    EXPECT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
  }
}

TEST_F(Hold, a_window_is_not_held_for_longer_than_two_minutes_by_a_leaf_that_talks_all_the_time) {
  struct Talkative final : LeafScript {
    std::optional<Bytes> next(TimePoint) override { return message_of(9, 50); }
    void heard(Bytes, TimePoint) override {}
  };
  LineConfig config;
  config.hold = serial::Hold::window;
  start(config);
  add_leaf_with<Talkative>(1, 240);
  ASSERT_TRUE(run_until([&] { return !link.heard.empty(); }, seconds(70)));
  EXPECT_TRUE(run_until([&] { return !wire->is_open(); }, seconds(122), seconds(1)));
  sim.run_for(seconds(1));
  EXPECT_FALSE(wire->is_open());
}

TEST_F(Hold, a_window_loses_a_leaf_that_is_not_there_at_a_look) {
  LineConfig config;
  config.hold = serial::Hold::window;
  RegisteringLeaf& leaf = add_leaf(1);
  start(config);
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered && !wire->is_open(); }, seconds(60)));
  leaf.end.is_off = true;
  EXPECT_TRUE(run_until([&] { return link.lost_ones.size() == 1; }, seconds(70)));
}

TEST_F(Hold, waits_while_another_program_has_the_device) {
  RegisteringLeaf& leaf = add_leaf(1);
  start();
  wire->is_held = true;
  ASSERT_TRUE(sim.run(lines->release("line1")).has_value());
  ASSERT_TRUE(sim.run(lines->claim("line1")).has_value());
  sim.run_for(seconds(30));
  EXPECT_EQ(facts().state, LineState::waiting);
  EXPECT_EQ(facts().detail, "locked by process 1");
  wire->is_held = false;
  EXPECT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(10)));
}

TEST_F(Hold, comes_back_after_an_unplug_by_a_quarter_second_doubling_to_five) {
  RegisteringLeaf& leaf = add_leaf(1);
  start();
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
  const auto carrier = link.carriers.at("line1/1");
  wire->unplug();
  sim.run_for(milliseconds(10));
  EXPECT_EQ(facts().state, LineState::away);
  EXPECT_FALSE(carrier->is_there());
  sim.run_for(seconds(60));
  const TimePoint plugged = sim.now();
  wire->plug();  // the folder tells
  EXPECT_TRUE(run_until([&] { return facts().state == LineState::working; }, seconds(2)));
  EXPECT_LE(sim.now() - plugged, seconds(1));
  wire->unplug();
  sim.run_for(seconds(60));
  wire->is_there = true;  // nobody tells
  EXPECT_TRUE(run_until([&] { return facts().state == LineState::working; }, seconds(7)));
}

TEST_F(Hold, gives_a_stalled_device_up_and_tries_again) {
  RegisteringLeaf& leaf = add_leaf(1);
  start();
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
  wire->is_stalled = true;
  ASSERT_TRUE(run_until([&] { return facts().state == LineState::away; }, seconds(5)));
  EXPECT_EQ(facts().detail, "stalled");
  wire->is_stalled = false;
  EXPECT_TRUE(run_until([&] { return facts().state == LineState::working; }, seconds(10)));
}

TEST_F(Hold, stops_in_every_state) {
  add_leaf(1);
  start();
  sim.run_for(milliseconds(100));
  const TimePoint asked = sim.now();
  sim.run(lines->stop());
  EXPECT_LE(sim.now() - asked, seconds(1));
  EXPECT_FALSE(wire->is_open());
  lines.reset();
  start();
  ASSERT_TRUE(sim.run(lines->release("line1")).has_value());
  sim.run(lines->stop());
  lines.reset();
  start();
  wire->unplug();
  sim.run_for(seconds(20));
  sim.run(lines->stop());
  lines.reset();
  EXPECT_TRUE(std::none_of(link.carriers.begin(), link.carriers.end(),
                           [](const auto& each) { return each.second->is_there(); }));
}

}  // namespace
}  // namespace leafgate::serial::hold_test
