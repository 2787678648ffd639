#include "tests/unit/serial/line_fixture.hpp"

namespace leafgate::serial::crowd_test {
namespace {

using Crowd = OneLine;

TEST_F(Crowd, of_31_leaves_registers_at_9600_baud_with_one_frame_in_a_hundred_lost_within_120_s) {
  for (std::uint64_t number = 1; number <= 31; ++number) add_leaf(number);
  LineConfig config;
  config.baud = 9600;
  config.multidrop = true;
  WireFaults faults;
  faults.lost = 0.01;
  start(config, faults);
  const TimePoint begin = sim.now();
  ASSERT_TRUE(run_until([&] { return are_all_registered(); }, seconds(120)));
  const auto took = std::chrono::duration_cast<milliseconds>(sim.now() - begin);
  RecordProperty("line_time_ms", static_cast<int>(took.count()));
  std::cout << "31 leaves: " << took.count() << " ms of line time, " << wire->frames() << " frames, "
            << facts().retries << " retries\n";
  EXPECT_EQ(facts().leaves.size(), 31U);
  for (const auto& leaf : leaves) EXPECT_EQ(leaf->script.kinds, (std::vector<int>{2, 4, 6}));
}

TEST_F(Crowd, of_239_leaves_is_found) {
  for (std::uint64_t number = 1; number <= 240; ++number) add_leaf(number, 64);
  LineConfig config;
  config.multidrop = true;
  start(config);
  EXPECT_TRUE(run_until([&] { return facts().leaves.size() == 239; }, seconds(300), seconds(1)));
  sim.run_for(seconds(30));
  EXPECT_EQ(facts().leaves.size(), 239U) << "there is no address for one more";
}

TEST_F(Crowd, is_not_held_up_by_dead_leaves_for_longer_than_their_tries) {
  for (std::uint64_t number = 1; number <= 8; ++number) add_leaf(number);
  LineConfig config;
  config.multidrop = true;
  start(config);
  ASSERT_TRUE(run_until([&] { return are_all_registered(); }, seconds(30)));
  sim.run_for(seconds(30));
  for (std::size_t i = 1; i < leaves.size(); ++i) leaves[i]->end.is_off = true;
  const std::size_t heard = leaves[0]->script.kinds.size();
  for (const auto& [address, carrier] : link.carriers) carrier->send(message_of(7, 40));
  ASSERT_TRUE(run_until([&] { return leaves[0]->script.kinds.size() > heard; }, seconds(5)));
  EXPECT_TRUE(run_until([&] { return link.lost_ones.size() == 7; }, seconds(20)));
}

// The time in which nobody spoke because the gateway had not begun yet, by that of what was said, from the
// first octet of `register` to the last of the answer to it.
class Idle : public OneLine {
 protected:
  double share(RegisteringLeaf& leaf) {
    const std::size_t heard = link.heard.size();
    run_until([&] { return link.heard.size() > heard; }, seconds(5), std::chrono::microseconds(200));
    const auto octets = wire->octets();
    const auto owed = wire->owed();
    run_until([&] { return leaf.script.is_registered; }, seconds(5), std::chrono::microseconds(200));
    EXPECT_TRUE(leaf.script.is_registered);
    const auto wire_time = wire->timing().of(wire->octets() - octets);
    const double idle =
        static_cast<double>((wire->owed() - owed).count()) / static_cast<double>(wire_time.count());
    std::cout << "idle " << idle << " of " << static_cast<double>(wire_time.count()) / 1e6
              << " ms on the wire\n";
    return idle;
  }
  RegisteringLeaf& add_quick_leaf(std::uint64_t number) {
    RegisteringLeaf& leaf = add_leaf(number);
    leaf.script.retry_after = {};
    leaf.end.turn = {};
    return leaf;
  }
};

TEST_F(Idle, is_less_than_a_third_of_the_wire_time_at_115200_from_the_first_frame) {
  RegisteringLeaf& leaf = add_quick_leaf(1);
  start();
  EXPECT_LE(share(leaf), 0.3);
}

TEST_F(Idle, is_less_than_a_third_of_the_wire_time_among_31_leaves) {
  for (std::uint64_t number = 1; number <= 31; ++number) add_quick_leaf(number);
  LineConfig config;
  config.multidrop = true;
  start(config);
  ASSERT_TRUE(run_until([&] { return are_all_registered(); }, seconds(60)));
  sim.run_for(seconds(60));
  leaves[3]->script.register_again();
  EXPECT_LE(share(*leaves[3]), 0.3);
}

}  // namespace
}  // namespace leafgate::serial::crowd_test
