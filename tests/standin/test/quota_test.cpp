#include "tests/standin/quota.hpp"

#include <gtest/gtest.h>

namespace leafgate::standin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Quota::Time begin{std::chrono::hours(1)};

TEST(Quota, takes_so_many_in_any_window_and_says_when_there_is_room_again) {
  Quota quota;
  quota.set(3, seconds(60));
  EXPECT_EQ(quota.offer(begin), std::nullopt);
  EXPECT_EQ(quota.offer(begin + seconds(20)), std::nullopt);
  EXPECT_EQ(quota.offer(begin + seconds(59)), std::nullopt);
  EXPECT_EQ(quota.offer(begin + milliseconds(59'500)), 1);
  EXPECT_EQ(quota.offer(begin + seconds(60)), std::nullopt) << "the first is a minute ago";
  EXPECT_EQ(quota.offer(begin + seconds(61)), 19);
  EXPECT_EQ(quota.throttled(), 2U);
  EXPECT_EQ(quota.worst_taken(), 3U);
  EXPECT_EQ(quota.worst_offered(), 5U);
}

TEST(Quota, counts_where_there_is_no_limit) {
  Quota quota;
  quota.set(0, seconds(1));
  for (int n = 0; n < 100; ++n) EXPECT_EQ(quota.offer(begin + milliseconds(100 * n)), std::nullopt);
  EXPECT_EQ(quota.worst_offered(), 10U);
  EXPECT_EQ(quota.throttled(), 0U);
}

}  // namespace
}  // namespace leafgate::standin
