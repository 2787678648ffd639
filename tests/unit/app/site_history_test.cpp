#include "gateway/app/site_history.hpp"

#include <gtest/gtest.h>

namespace leafgate {
namespace {

using namespace std::chrono_literals;

const WallTime start{1'800'000'000'000ms};

TEST(SiteHistory, keeps_each_time_without_the_service_and_how_many_waited) {
  SiteHistory history;
  history.take(start, true, {}, 0);
  history.take(start + 10s, false, start + 7s, 3);
  history.take(start + 20s, false, start + 7s, 9);
  EXPECT_FALSE(history.told().outages.back().ended);
  history.take(start + 30s, true, start + 28s, 2);
  ASSERT_EQ(history.told().outages.size(), 1U);
  const status::OutageSpan& outage = history.told().outages.front();
  EXPECT_EQ(outage.began, start + 7s);
  EXPECT_EQ(outage.ended, start + 28s);
  EXPECT_EQ(outage.most_queued, 9U);
}

TEST(SiteHistory, stays_small_over_a_year_and_loses_no_peak) {
  SiteHistory history;
  WallTime at = start;
  for (int i = 0; i < 400 * 24 * 60; ++i) {
    at += 1min;
    const bool up = i % 2000 > 3;
    history.take(at, up, at, i == 300'000 ? 5000U : 1U);
    ASSERT_LT(history.told().samples.size(), SiteHistory::most_samples);
    ASSERT_LE(history.told().outages.size(), SiteHistory::most_outages);
  }
  EXPECT_GT(history.told().samples.size(), SiteHistory::most_samples / 4);
  EXPECT_LT(history.told().samples.front().at, start + 3 * 24h);
  std::size_t most = 0;
  for (const status::LinkSample& sample : history.told().samples) most = std::max(most, sample.queued);
  EXPECT_EQ(most, 5000U);
}

TEST(SiteHistory, never_runs_backwards_when_the_clock_does) {
  SiteHistory history;
  history.take(start, true, {}, 1);
  history.take(start + 1h, true, {}, 2);
  history.take(start + 10min, true, {}, 3);
  ASSERT_EQ(history.told().samples.size(), 2U);
  EXPECT_EQ(history.told().samples.back().at, start + 10min);
}

}  // namespace
}  // namespace leafgate
