#include "tests/unit/serial/noise.hpp"

namespace leafgate::serial {
namespace {

TEST(SerialNoise,
     a_million_frames_with_one_bit_in_ten_thousand_wrong_let_nothing_false_through_and_do_nothing_twice) {
  WireFaults faults;
  faults.bit_error = 1e-4;
  const NoiseTally tally = talk_quickly_through(faults, 1'000'000, 7);
  std::cout << tally.frames << " frames, " << tally.facts.frames_bad << " bad at the gateway, "
            << tally.facts.retries << " retries, " << tally.facts.leaves_lost << " times lost, "
            << tally.up.count + tally.down.count << " messages\n";
  EXPECT_EQ(tally.up.wrong + tally.down.wrong, 0U);
  EXPECT_EQ(tally.up.repeated + tally.down.repeated, 0U);
  EXPECT_GT(tally.up.count, 100'000U);
  EXPECT_GT(tally.down.count, 100'000U);
}

}  // namespace
}  // namespace leafgate::serial
