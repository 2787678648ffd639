#include "adapters/tunnel/seats.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace leafgate::tunnel::seats_test {
namespace {

TEST(Seats, are_given_back) {
  Seats seats(2, 2);
  {
    const auto one = seats.take("192.0.2.7");
    const auto other = seats.take("192.0.2.8");
    EXPECT_EQ(seats.open(), 2U);
    EXPECT_EQ(seats.take("192.0.2.9").error().detail, "2 are open");
  }
  EXPECT_EQ(seats.open(), 0U);
  EXPECT_TRUE(seats.take("192.0.2.9"));
}

TEST(Seats, leave_room_for_other_sources) {
  Seats seats(4, 2);
  std::vector<Seat> taken;
  for (int i = 0; i < 2; ++i) taken.push_back(std::move(*seats.take("2001:db8::1")));
  EXPECT_EQ(seats.take("2001:db8::2").error().detail, "2 of this address are open") << "of the same /64";
  EXPECT_TRUE(seats.take("2001:db8:0:1::1"));
  EXPECT_TRUE(seats.take("192.0.2.7"));
  taken.pop_back();
  EXPECT_TRUE(seats.take("2001:db8::2"));
}

}  // namespace
}  // namespace leafgate::tunnel::seats_test
