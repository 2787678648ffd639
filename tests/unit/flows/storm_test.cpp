// Thousands of leaves come while the service is away, and a backlog waits when it is back (semantics §4, §6).
#include <gtest/gtest.h>

#include "tests/unit/flows/storm_site.hpp"

namespace leafgate::storm_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t crowd = 10'000;
constexpr std::size_t one_in = 20;  // stays and polls

// 10,000 new leaves, each told `assigning`, each durable, while the service is away.
struct Storm : StormSite {
  explicit Storm(double pace = 1'000) : StormSite(pace) {
    enroll_many(crowd);
    leaves.reserve(crowd);
    service.up = false;
    come(crowd, one_in);
    EXPECT_EQ(registrations.rows.size(), crowd);
    EXPECT_TRUE(std::all_of(leaves.begin(), leaves.end(), [](const Leaf& l) { return l.operation; }));
    run_for_all(minutes(5));
    EXPECT_FALSE(running->forwarder.state().up);
    EXPECT_EQ(registrations.rows.size(), crowd);
    service.register_times.clear();
    service.order.clear();
  }

  void expect_all_settled() {
    EXPECT_TRUE(registrations.rows.empty());
    EXPECT_EQ(settled_here(), crowd);
    EXPECT_TRUE(
        std::all_of(leaves.begin(), leaves.end(), [](const Leaf& l) { return l.settled || !l.stays; }));
    EXPECT_EQ(service.registered.size(), crowd);
    EXPECT_EQ(mistreated, 0);
    EXPECT_EQ(second_tries, 0);
    EXPECT_LE(worst_minute_taken(), quota);
  }

  [[nodiscard]] int asked_twice() const {
    int count = 0;
    for (const auto& [id, times] : service.registered) count += times - 1;
    return count;
  }
};

TEST(Storm, settles_everybody_within_the_quota_and_a_restart_in_the_middle_changes_nothing) {
  Storm storm;
  storm.service.up = true;
  storm.run_for_all(minutes(4));
  const std::size_t before = storm.settled_here();
  EXPECT_GT(before, 2'000U);
  EXPECT_LT(before, 5'000U);
  const std::size_t out = storm.running->forwarder.in_flight();
  storm.kill_and_start();
  storm.run_for_all(minutes(9));
  storm.expect_all_settled();
  EXPECT_EQ(storm.throttled, 0);
  EXPECT_LE(storm.worst_minute(), storm.quota);
  EXPECT_LE(storm.asked_twice(), static_cast<int>(out)) << "only what was out at the kill is asked again";
}

TEST(Storm, takes_who_waits_now_before_the_backlog_and_the_oldest_first) {
  Storm storm;
  storm.service.up = true;
  storm.run_for_all(minutes(12));
  storm.expect_all_settled();
  std::size_t waiting = 0;
  std::size_t last_waiting = 0;
  std::vector<std::string> backlog;
  for (std::size_t i = 0; i < storm.service.order.size(); ++i) {
    const std::string& id = storm.service.order[i];
    const auto leaf = std::find_if(storm.leaves.begin(), storm.leaves.end(),
                                   [&](const StormSite::Leaf& l) { return l.id == id; });
    if (!leaf->stays) backlog.push_back(id);
    if (leaf->stays) last_waiting = i;
    if (leaf->stays) ++waiting;
  }
  EXPECT_EQ(waiting, crowd / one_in);
  EXPECT_LE(last_waiting, waiting + 2) << "but for the probe nobody of the backlog went before them";
  EXPECT_TRUE(std::is_sorted(backlog.begin() + 1, backlog.end()));
}

TEST(Storm, settles_everybody_after_a_breaker_trip_in_the_middle) {
  Storm storm;
  storm.service.up = true;
  storm.run_for_all(minutes(3));
  storm.service.up = false;
  storm.run_for_all(minutes(2));
  EXPECT_FALSE(storm.running->forwarder.state().up);
  const std::size_t during = storm.settled_here();
  storm.kill_and_start();
  storm.run_for_all(minutes(3));
  EXPECT_EQ(storm.settled_here(), during);
  storm.service.up = true;
  storm.run_for_all(minutes(12));
  storm.expect_all_settled();
  EXPECT_EQ(storm.throttled, 0);
  EXPECT_LE(storm.worst_minute(), storm.quota);
}

TEST(Storm, finds_its_share_where_other_sites_take_theirs) {
  Storm storm;
  storm.quota = 400;
  storm.service.up = true;
  storm.run_for_all(minutes(60));
  storm.expect_all_settled();
  EXPECT_LE(storm.throttled, 100) << "one in a hundred";
  EXPECT_GT(storm.throttled, 0);
}

TEST(Storm, does_not_bring_everybody_back_at_once) {
  StormSite site;
  constexpr std::size_t many = 3'000;
  site.enroll_many(many);
  site.leaves.reserve(many);
  site.service.up = false;
  site.come(many, 1);
  site.run_for_all(minutes(3));
  const std::int64_t from = StormSite::second_of(site.simulator.now());
  site.run_for_all(minutes(3));
  int most = 0;
  int all = 0;
  for (const auto& [second, polls] : site.polls_in_second) {
    if (second < from) continue;
    most = std::max(most, polls);
    all += polls;
  }
  // Two of six families cannot be told to come seldom. Of the others, every 3 s, it would be 667 each second.
  EXPECT_LE(most, 100);
  EXPECT_LE(all, 180 * 60);
  EXPECT_GE(all, 180 * 10);
  EXPECT_EQ(site.mistreated, 0);
}

TEST(Storm, tries_one_leaf_once_at_a_time_though_an_operator_takes_it_back) {
  StormSite site(60'000);
  site.enroll("leaf-1");
  site.service.polls_until_done = 5;
  const Answer first = site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(4));
  EXPECT_TRUE(
      site.simulator.run(site.running->forwarder.drop(RegistrationId::parse("leaf-1").value())).value());
  const Answer again = site.register_leaf("leaf-1");
  EXPECT_NE(again.operation->text(), first.operation->text());
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(site.second_tries, 0);
  EXPECT_EQ(site.service.registered["leaf-1"], 2);
  EXPECT_EQ(site.poll("leaf-1", *again.operation).status, 200);
}

TEST(Storm, counts_a_leaf_that_went_away_during_the_outage_as_backlog) {
  StormSite site(60);
  site.service.up = false;
  std::map<std::string, Answer> told;
  for (const char* id : {"gone-1", "gone-2", "gone-3", "here"}) {
    site.enroll(id);
    told[id] = site.register_leaf(id);
    told[id] = site.poll(id, *told[id].operation);
  }
  for (int n = 0; n < 20; ++n) {
    site.simulator.run_for(seconds(30));
    (void)site.poll("here", *told["here"].operation);
  }
  site.service.up = true;
  site.service.order.clear();
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(site.service.order, (std::vector<std::string>{"gone-1", "here", "gone-2", "gone-3"}))
      << "the probe that finds the service back is the oldest";
}

}  // namespace
}  // namespace leafgate::storm_test
