#include "tests/unit/serial/pty_noise.hpp"

namespace leafgate::serial::pty_noise_test {
namespace {

TEST(PtyNoise, of_all_kinds_lets_nothing_false_through_and_does_nothing_twice) {
  expect_sound(talk_over_ptys(100, 20'000, 1, seconds(40)), 20'000);
}

}  // namespace
}  // namespace leafgate::serial::pty_noise_test
