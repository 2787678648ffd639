#include "gateway/app/system_clock.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::system_clock_test {
namespace {

using std::chrono::days;

constexpr WallTime built{std::chrono::hours(490'000)};

TEST(SystemClock, is_worth_what_the_time_service_and_the_floor_say) {
  TemporaryFolder folder;
  const std::string marker = folder.path() + "/synchronized";
  EXPECT_EQ(SystemClock("", built).now().quality, ClockQuality::plausible);
  EXPECT_EQ(SystemClock(marker, built + days(36'500)).now().quality, ClockQuality::unsynced);
  std::ofstream(marker) << "";
  EXPECT_EQ(SystemClock(marker, built).now().quality, ClockQuality::synced);
  EXPECT_EQ(SystemClock(marker, built + days(36'500)).now().quality, ClockQuality::synced);
}

TEST(SystemClock, lets_the_newer_of_two_words_of_the_time_service_set_the_floor) {
  SystemClock clock("", built);
  clock.raise_floor(built + days(10));
  EXPECT_EQ(clock.floor(), built + days(10));
  clock.raise_floor(built + days(5));
  EXPECT_EQ(clock.floor(), built + days(10)) << "what is stored never lowers it";
  clock.was_synced(built + days(3'653));
  EXPECT_EQ(clock.floor(), built + days(3'653));
  clock.was_synced(built + days(20));
  EXPECT_EQ(clock.floor(), built + days(20)) << "ten years on was wrong";
  clock.was_synced(built - days(20));
  EXPECT_EQ(clock.floor(), built) << "but never before the program was built";
}

}  // namespace
}  // namespace leafgate::system_clock_test
