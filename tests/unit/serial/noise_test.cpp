#include "tests/unit/serial/noise.hpp"

namespace leafgate::serial::noise_test {
namespace {

void expect_sound(const NoiseTally& tally, const char* what) {
  EXPECT_EQ(tally.up.wrong + tally.down.wrong, 0U) << what;
  EXPECT_EQ(tally.up.repeated + tally.down.repeated, 0U) << what;
  EXPECT_GT(tally.up.count, 500U) << what;
  EXPECT_GT(tally.down.count, 500U) << what;
  std::cout << what << ": " << tally.frames << " frames, " << tally.facts.frames_bad << " bad, "
            << tally.facts.retries << " retries, " << tally.facts.leaves_lost << " times lost\n";
}

TEST(Noise, of_one_bit_in_ten_thousand_lets_nothing_false_through) {
  WireFaults faults;
  faults.bit_error = 1e-4;
  const NoiseTally tally = talk_quickly_through(faults, 100'000, 1);
  expect_sound(tally, "bit errors");
  EXPECT_GT(tally.facts.frames_bad, 1000U);
}

TEST(Noise, of_every_other_kind_does_nothing_twice) {
  struct Row {
    const char* what;
    double WireFaults::*fault;
    double share;
  };
  const Row rows[] = {{"lost", &WireFaults::lost, 0.05},
                      {"octet lost", &WireFaults::lost_octet, 0.05},
                      {"twice", &WireFaults::twice, 0.2},
                      {"split", &WireFaults::split, 0.2},
                      {"held back", &WireFaults::held_back, 0.05}};
  for (const Row& row : rows) {
    WireFaults faults;
    faults.*row.fault = row.share;
    expect_sound(talk_through(faults, 8'000, 2), row.what);
    faults.echo = true;
    expect_sound(talk_through(faults, 8'000, 3), row.what);
  }
}

TEST(Noise, of_all_kinds_together_does_nothing_twice) {
  WireFaults faults;
  faults.bit_error = 1e-4;
  faults.lost = faults.lost_octet = faults.held_back = 0.02;
  faults.twice = faults.split = 0.05;
  faults.echo = true;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) expect_sound(talk_through(faults, 8'000, seed), "all");
}

}  // namespace
}  // namespace leafgate::serial::noise_test
