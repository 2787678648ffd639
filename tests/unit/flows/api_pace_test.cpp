// How often the service's own API is asked.
#include "gateway/flows/api_pace.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace leafgate::api_pace_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Asks = ApiPace::Asks;

std::size_t most_in_a_minute(const std::vector<TimePoint>& asked) {
  std::size_t most = 0;
  for (auto first = asked.begin(); first != asked.end(); ++first)
    most = std::max(
        most, static_cast<std::size_t>(std::upper_bound(first, asked.end(), *first + seconds(60)) - first));
  return most;
}

// Asks for `what` as often as it may until then.
void ask(ApiPace& pace, Asks what, TimePoint& now, TimePoint end, std::vector<TimePoint>& asked) {
  while (now < end) {
    if (pace.take(now, what))
      asked.push_back(now);
    else
      now += pace.wait(now, what);
  }
}

TEST(ApiPace, has_no_minute_above_the_share_wherever_it_begins) {
  for (const int share : {1, 2, 60, 1'000}) {
    ApiPace pace(share);
    TimePoint now{minutes(10)};
    std::vector<TimePoint> asked;
    ask(pace, Asks::other, now, now + minutes(10), asked);
    EXPECT_LE(most_in_a_minute(asked), static_cast<std::size_t>(share)) << share;
    EXPECT_GE(static_cast<double>(asked.size()), share * 10 * 0.9) << share;
  }
}

TEST(ApiPace, keeps_a_few_waiting_for_nothing_and_many_one_after_the_other) {
  ApiPace pace(60);
  TimePoint now{minutes(10)};
  std::vector<TimePoint> asked;
  ask(pace, Asks::other, now, now + minutes(5), asked);
  EXPECT_EQ(asked.at(29), asked.front());
  EXPECT_GT(asked.at(30), asked.front());
  for (std::size_t i = 61; i < asked.size(); ++i) EXPECT_GE(asked[i] - asked[i - 1], seconds(1)) << i;
}

TEST(ApiPace, a_list_of_100_000_is_read_within_a_minute_at_60_and_nothing_else_gains_by_it) {
  ApiPace pace(60);
  TimePoint now{minutes(10)};
  std::vector<TimePoint> all;
  ask(pace, Asks::page_of_list, now, now + seconds(45), all);
  EXPECT_GE(all.size(), 102U);
  std::vector<TimePoint> others;
  ask(pace, Asks::other, now, now + minutes(5), others);
  EXPECT_LE(most_in_a_minute(others), 60U);
  all.insert(all.end(), others.begin(), others.end());
  EXPECT_LE(most_in_a_minute(all), 120U);
}

TEST(ApiPace, another_share_counts_from_now_on) {
  ApiPace pace(60);
  TimePoint now{minutes(10)};
  std::vector<TimePoint> asked;
  ask(pace, Asks::other, now, now + seconds(60), asked);
  pace.set(now, 10);
  std::vector<TimePoint> later;
  ask(pace, Asks::other, now, now + minutes(5), later);
  EXPECT_LE(most_in_a_minute(later), 10U);
  EXPECT_GE(later.size(), 35U);
}

}  // namespace
}  // namespace leafgate::api_pace_test
