#include "tests/unit/serial/pty_noise.hpp"

namespace leafgate::serial {
namespace {

TEST(SerialPty, a_million_frames_over_terminals_with_everything_wrong_let_nothing_false_through) {
  const PtyTally tally = talk_over_ptys(120, 1'000'000, 7, seconds(540));
  expect_sound(tally, 1'000'000);
  EXPECT_GT(tally.writes.failed, 20U);  // ports that were given up, and taken again
  for (std::size_t at = 1; at < frame_overhead + 64; ++at) EXPECT_TRUE(tally.wire.split_at.test(at)) << at;
}

}  // namespace
}  // namespace leafgate::serial
