#include "gateway/app/site_history.hpp"

#include <gtest/gtest.h>

namespace leafgate::site_history_test {
namespace {

using namespace std::chrono_literals;

const WallTime start{1'800'000'000'000ms};
const TimePoint boot{1h};

TEST(SiteHistory, keeps_each_time_without_the_service_and_how_many_waited) {
  SiteHistory history;
  history.take(boot, start, true, {}, 0);
  history.take(boot + 10s, start + 10s, false, start + 7s, 3);
  history.take(boot + 20s, start + 20s, false, start + 7s, 9);
  EXPECT_FALSE(history.told().outages.back().ended);
  history.take(boot + 30s, start + 30s, true, start + 28s, 2);
  ASSERT_EQ(history.told().outages.size(), 1U);
  const status::OutageSpan& outage = history.told().outages.front();
  EXPECT_EQ(outage.began, start + 7s);
  EXPECT_EQ(outage.ended, start + 28s);
  EXPECT_EQ(outage.most_queued, 9U);
}

// The hours meter runs ahead with each power cut.
TEST(SiteHistory, an_outage_lasted_as_its_dates_say_unless_they_do_not_tell) {
  Outage cut;
  cut.begun = start;
  cut.ended = start + 4min;
  cut.powered_for = 18min;
  Outage untimed = cut;
  untimed.untimed = true;
  Outage set_back = cut;
  set_back.ended = start;
  Outage lasting;
  lasting.begun = start + 1h;
  status::TimelineFacts timeline;
  add_outages(timeline, {cut, untimed, set_back, lasting});
  ASSERT_EQ(timeline.outages.size(), 4U);
  EXPECT_EQ(timeline.outages[0].lasted, std::nullopt);
  EXPECT_EQ(timeline.outages[1].lasted, 18min);
  EXPECT_EQ(timeline.outages[2].lasted, 18min);
  EXPECT_EQ(timeline.outages[3].lasted, std::nullopt);
}

TEST(SiteHistory, stays_small_over_a_year_and_loses_no_peak) {
  SiteHistory history;
  WallTime at = start;
  for (int i = 0; i < 400 * 24 * 60; ++i) {
    at += 1min;
    const bool up = i % 2000 > 3;
    history.take(boot + (at - start), at, up, at, i == 300'000 ? 5000U : 1U);
    ASSERT_LT(history.told().samples.size(), SiteHistory::most_samples);
    ASSERT_LE(history.told().outages.size(), SiteHistory::most_outages);
  }
  EXPECT_GT(history.told().samples.size(), SiteHistory::most_samples / 4);
  EXPECT_LT(history.told().samples.front().at, start + 3 * 24h);
  std::size_t most = 0;
  for (const status::LinkSample& sample : history.told().samples) most = std::max(most, sample.queued);
  EXPECT_EQ(most, 5000U);
}

TEST(SiteHistory, keeps_order_and_lengths_when_the_clock_is_set_and_says_so) {
  for (const Millis by : {Millis(-5h), Millis(8'000h), Millis(-2s)}) {
    SiteHistory history;
    history.take(boot, start, true, {}, 1);
    history.take(boot + 1h, start + 1h, false, start + 50min, 2);
    history.take(boot + 2h, start + 2h + by, false, start + 50min, 3);
    history.take(boot + 3h, start + 3h + by, true, start + 3h + by, 4);
    const status::TimelineFacts& told = history.told();
    ASSERT_EQ(told.samples.size(), 4U);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(told.samples[static_cast<std::size_t>(i)].at, start + by + i * 1h);
    ASSERT_EQ(told.outages.size(), 1U);
    EXPECT_EQ(told.outages.front().began, start + by + 50min);
    EXPECT_EQ(told.outages.front().ended, start + by + 3h);
    EXPECT_EQ(told.clock_set.size(), by == Millis(-2s) ? 0U : 1U) << "a moment is not worth telling";
  }
}

}  // namespace
}  // namespace leafgate::site_history_test
