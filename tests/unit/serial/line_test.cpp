#include "tests/unit/serial/line_fixture.hpp"

namespace leafgate::serial::line_test {
namespace {

using Line = OneLine;

TEST_F(Line, registers_a_leaf_at_the_other_end_of_a_wire) {
  RegisteringLeaf& leaf = add_leaf(1);
  start();
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
  EXPECT_EQ(leaf.script.kinds, (std::vector<int>{2, 4, 6}));
  EXPECT_EQ(link.heard.size(), 3U);
  const LineFacts now = facts();
  EXPECT_EQ(now.state, LineState::working);
  ASSERT_EQ(now.leaves.size(), 1U);
  EXPECT_EQ(now.leaves[0].address, 1);
  EXPECT_EQ(now.leaves[0].uid, to_text(leaf.end.uid()));
  EXPECT_EQ(now.leaves[0].registration_id, "press-01");
  EXPECT_EQ(now.leaves[0].mtu, 240);
  EXPECT_EQ(now.messages_heard, 3U);
  EXPECT_EQ(now.frames_bad, 0U);
  EXPECT_EQ(now.retries, 0U);
  EXPECT_TRUE(now.last_good.has_value());
  EXPECT_TRUE(leaf.end.is_muted());
}

TEST_F(Line, names_the_way_to_its_leaves) {
  add_leaf(1);
  start();
  ASSERT_TRUE(run_until([&] { return are_all_registered(); }, seconds(5)));
  const LeafCarrier& carrier = *link.carriers.at("line1/1");
  EXPECT_EQ(carrier.binding(), "serial/line1");
  EXPECT_EQ(carrier.source().transport, Transport::serial);
  EXPECT_EQ(carrier.claimed_id(), "");
  EXPECT_TRUE(carrier.is_there());
}

TEST_F(Line, waits_for_a_leaf_that_signs_slowly_and_fetches_its_word_soon) {
  RegisteringLeaf& leaf = add_leaf(1);
  leaf.script.signing = milliseconds(900);
  start();
  const auto proven = [&] { return link.heard.size() >= 2; };
  ASSERT_TRUE(run_until([&] { return leaf.script.kinds.size() == 1; }, seconds(5), milliseconds(1)));
  const TimePoint challenged = sim.now();
  ASSERT_TRUE(run_until(proven, seconds(5), milliseconds(1)));
  EXPECT_LE(sim.now() - challenged, milliseconds(960));
  EXPECT_EQ(facts().retries, 0U);
}

TEST_F(Line, gives_and_takes_messages_of_any_size_whatever_the_leaf_s_frames_hold) {
  struct Talkative final : LeafScript {
    std::optional<Bytes> next(TimePoint) override { return std::exchange(to_say, std::nullopt); }
    void heard(Bytes message, TimePoint) override { got = std::move(message); }
    std::optional<Bytes> to_say;
    Bytes got;
  };
  for (const std::uint8_t mtu : {std::uint8_t{64}, std::uint8_t{128}, std::uint8_t{240}}) {
    start();
    Talkative& script = add_leaf_with<Talkative>(mtu, mtu);
    script.to_say = message_of(9, most_from_leaf, mtu);
    ASSERT_TRUE(run_until([&] { return !link.heard.empty(); }, seconds(20)));
    EXPECT_EQ(link.heard[0], message_of(9, most_from_leaf, mtu));
    Bytes large = message_of(8, most_to_leaf, mtu);
    link.carriers.begin()->second->send(large);
    ASSERT_TRUE(run_until([&] { return !script.got.empty(); }, seconds(20)));
    EXPECT_EQ(script.got, large);
    sim.run(lines->stop());
    link.heard.clear();
    link.carriers.clear();
  }
}

TEST_F(Line, loses_a_leaf_after_seven_tries_and_finds_it_again) {
  RegisteringLeaf& leaf = add_leaf(1);
  start();
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
  const auto carrier = link.carriers.at("line1/1");
  leaf.end.is_off = true;
  const std::uint64_t retries = facts().retries;
  ASSERT_TRUE(run_until([&] { return !link.lost_ones.empty(); }, seconds(10)));
  EXPECT_EQ(facts().retries - retries, 6U);
  EXPECT_EQ(link.lost_ones, (std::vector<std::string>{"line1/1"}));
  EXPECT_FALSE(carrier->is_there());
  EXPECT_EQ(facts().state, LineState::silent);
  EXPECT_EQ(facts().leaves_lost, 1U);
  carrier->send(message_of(6, 20));  // goes nowhere

  leaf.end.restart();
  leaf.end.is_off = false;
  ASSERT_TRUE(run_until([&] { return facts().state == LineState::working; }, seconds(10)));
  EXPECT_EQ(facts().leaves[0].address, 1) << "the same leaf has its old address again";
}

TEST_F(Line, calls_a_leaf_back_that_was_not_heard_for_a_while) {
  for (const bool multidrop : {false, true}) {
    LineConfig config;
    config.multidrop = multidrop;
    leaves.clear();
    link.lost_ones.clear();
    RegisteringLeaf& leaf = add_leaf(multidrop ? 1 : 2);
    start(config);
    ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
    leaf.end.is_off = true;  // as a burst of noise has it: it keeps its address, and is muted
    ASSERT_TRUE(run_until([&] { return !link.lost_ones.empty(); }, seconds(10)));
    leaf.end.is_off = false;
    EXPECT_TRUE(run_until([&] { return facts().state == LineState::working; }, seconds(12)));
    EXPECT_TRUE(leaf.end.is_muted());
    sim.run(lines->stop());
    lines.reset();
  }
}

TEST_F(Line, takes_a_leaf_that_started_again_for_a_new_one) {
  LineConfig config;
  config.multidrop = true;
  RegisteringLeaf& leaf = add_leaf(1);
  start(config);
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }, seconds(5)));
  const auto before = link.carriers.at("line1/1");
  leaf.end.restart();
  ASSERT_TRUE(run_until([&] { return leaf.end.is_muted(); }, seconds(15)));
  EXPECT_FALSE(before->is_there());
  EXPECT_EQ(link.lost_ones.size(), 1U);
}

TEST_F(Line, finds_leaves_that_are_plugged_in_later) {
  LineConfig config;
  config.multidrop = true;
  add_leaf(1);
  start(config);
  ASSERT_TRUE(run_until([&] { return are_all_registered(); }, seconds(5)));
  add_leaf(2);
  add_leaf(3);
  EXPECT_TRUE(run_until([&] { return are_all_registered(); }, seconds(40)));
  EXPECT_EQ(facts().leaves.size(), 3U);
}

TEST_F(Line, hears_through_its_own_echo) {
  WireFaults faults;
  faults.echo = true;
  LineConfig config;
  config.multidrop = true;
  for (std::uint64_t number = 1; number <= 4; ++number) add_leaf(number);
  start(config, faults);
  EXPECT_TRUE(run_until([&] { return are_all_registered(); }, seconds(20)));
  const std::uint64_t collisions = facts().frames_bad;
  sim.run_for(seconds(60));
  EXPECT_EQ(facts().frames_bad, collisions) << "an echo is no fault";
  EXPECT_EQ(facts().state, LineState::working);
}

TEST_F(Line, falls_to_short_frames_on_a_bad_line) {
  struct Greedy final : LeafScript {
    std::optional<Bytes> next(TimePoint) override { return std::exchange(first, std::nullopt); }
    void heard(Bytes, TimePoint) override { ++messages; }
    std::optional<Bytes> first = message_of(9, 10);
    int messages = 0;
  };
  WireFaults faults;
  faults.bit_error = 5e-4;
  LineConfig config;
  start(config, faults);
  const Greedy& script = add_leaf_with<Greedy>(1, 240);
  ASSERT_TRUE(run_until([&] { return !link.heard.empty(); }, seconds(60)));
  int sent = 0;
  std::uint64_t frames = 0;
  for (int round = 0; round < 30; ++round) {
    if (link.carriers.at("line1/1")->is_there()) link.carriers.at("line1/1")->send(message_of(8, 960));
    ++sent;
    if (round == 20) frames = facts().frames_sent;
    run_until([&] { return script.messages >= sent; }, seconds(60));
  }
  EXPECT_EQ(script.messages, sent);
  EXPECT_GE(facts().frames_sent - frames, 150U) << "15 fragments of 64 octets each, not 4 of 240";
}

TEST_F(Line, drops_what_a_leaf_says_beyond_the_ceiling_and_goes_on) {
  struct Endless final : LeafScript {
    std::optional<Bytes> next(TimePoint) override {
      ++begun;
      return message_of(9, begun == 1 ? 5000 : 50);
    }
    void heard(Bytes, TimePoint) override {}
    int begun = 0;
  };
  start();
  add_leaf_with<Endless>(1, 240);
  ASSERT_TRUE(run_until([&] { return link.heard.size() >= 3; }, seconds(20)));
  EXPECT_EQ(link.heard[0].size(), 50U);
  EXPECT_EQ(facts().leaves_lost, 0U);
}

}  // namespace
}  // namespace leafgate::serial::line_test
