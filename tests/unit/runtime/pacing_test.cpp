#include <random>

#include <gtest/gtest.h>

#include "gateway/runtime/backoff.hpp"
#include "gateway/runtime/rate.hpp"

namespace leafgate::pacing_test {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, never_leaves_base_to_three_times_the_last_nor_the_cap) {
  std::mt19937_64 random(1);
  Backoff backoff(100ms, 5s, [&random] { return random(); });
  auto last = 100ms;
  for (int i = 0; i < 1000; ++i) {
    const auto delay = backoff.next();
    EXPECT_GE(delay, 100ms);
    EXPECT_LE(delay, std::min<Backoff::Delay>(5s, 3 * last));
    last = delay;
  }
}

TEST(Backoff, reaches_the_cap_and_starts_over_after_a_success) {
  Backoff backoff(100ms, 5s, [] { return ~std::uint64_t{0} >> 20U; });
  Backoff largest(1s, 10s, [] { return std::uint64_t{2000}; });
  EXPECT_EQ(largest.next(), 3s);
  EXPECT_EQ(largest.next(), 3s);
  largest.reset();
  EXPECT_EQ(largest.next(), 3s);
  for (int i = 0; i < 100; ++i) EXPECT_LE(backoff.next(), 5s);
}

TEST(TokenBucket, lets_a_burst_through_then_the_rate) {
  const TimePoint start{1h};
  TokenBucket bucket(2.0, 3.0);
  EXPECT_TRUE(bucket.take(start));
  EXPECT_TRUE(bucket.take(start));
  EXPECT_TRUE(bucket.take(start));
  EXPECT_FALSE(bucket.take(start));
  EXPECT_FALSE(bucket.take(start + 499ms));
  EXPECT_TRUE(bucket.take(start + 500ms));
  EXPECT_FALSE(bucket.take(start + 501ms));
}

TEST(TokenBucket, whoever_waits_as_told_gets_a_token) {
  TimePoint now{1h};
  TokenBucket bucket(7.0, 1.0);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(bucket.take(now));
    ASSERT_FALSE(bucket.take(now));
    now += bucket.wait(now);
  }
  EXPECT_NEAR(std::chrono::duration<double>(now - TimePoint{1h}).count(), 1000 / 7.0, 0.1);
}

TEST(TokenBucket, is_full_again_after_a_while_and_never_over_full) {
  const TimePoint start{1h};
  TokenBucket bucket(1.0, 2.0);
  EXPECT_TRUE(bucket.take(start));
  EXPECT_FALSE(bucket.is_full(start));
  EXPECT_TRUE(bucket.is_full(start + 1h));
  EXPECT_TRUE(bucket.take(start + 1h));
  EXPECT_TRUE(bucket.take(start + 1h));
  EXPECT_FALSE(bucket.take(start + 1h));
}

TEST(TokenBucket, without_a_rate_nothing_comes_back) {
  const TimePoint start{1h};
  TokenBucket bucket(0.0, 1.0);
  EXPECT_TRUE(bucket.take(start));
  EXPECT_EQ(bucket.wait(start + 24h), LoopClock::duration::max());
  bucket.set_rate(start + 24h, 1.0);
  EXPECT_TRUE(bucket.take(start + 25h));
}

}  // namespace
}  // namespace leafgate::pacing_test
