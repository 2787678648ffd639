#include <algorithm>

#include <gtest/gtest.h>

#include "gateway/flows/leaf_walk.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate::many_leaves_test {
namespace {

using namespace std::chrono_literals;
using Gait = LeafWalk::Gait;

// More leaves than are counted for each who asks.
struct ManyLeaves : testing::Test {
  static constexpr std::size_t many = 2'100;
  DeskSite site;
  Enrollment enrolled;

  void SetUp() override {
    site.enroll("a-0");
    ASSERT_EQ(site.provision("a-0").registration_status, RegistrationStatus::assigned);
    enrolled = site.enrollments.individuals.at("a-0");
    const RegistrationRecord like = site.registrations.records.at("a-0");
    for (std::size_t i = 1; i < many; ++i) {
      const std::string id = "b-" + std::to_string(i);
      Registration known(RegistrationId::parse(id).value());
      known.assignment = like.registration.assignment;
      known.assignment->enrollment_id = reference(own(id));
      site.registrations.records.insert_or_assign(id, RegistrationRecord{std::move(known), {}});
      enroll_again(id);
    }
    wrote();
    EXPECT_EQ(site.status().offline_ready, many);
  }
  [[nodiscard]] Enrollment own(const std::string& id) const {
    Enrollment out = enrolled;
    out.id = id;
    return out;
  }
  void enroll_again(const std::string& id) {
    Enrollment one = own(id);
    one.primary_key = site.trust.seal(Site::key("the primary key of it"), reference(one)).value();
    site.enrollments.individuals.insert_or_assign(id, std::move(one));
  }
  void wrote() { ++site.registrations.writes; }
  void exchange_for_none() {
    site.enrollments.individuals.clear();
    site.running->ledger.enrollments_changed();
    wrote();
  }
  const LeafCounts& counted() { return site.desk().last_counts(); }
  // Virtual time that a question takes, which is that of its rests.
  static Task<LoopClock::duration> timed(Task<StatusReport> question) {
    const TimePoint begun = LoopClock::now();
    (void)co_await std::move(question);
    co_return LoopClock::now() - begun;
  }
  LoopClock::duration asked() { return site.simulator.run(timed(site.desk().status())); }
  struct Walked {
    std::vector<std::string> keys;
    std::size_t with_own = 0;
    LoopClock::duration took{};
    bool failed = false;
  };
  static Task<Walked> go_through(LeafWalk& leaves) {
    Walked out;
    const TimePoint begun = LoopClock::now();
    while (true) {
      auto leaf = co_await leaves.next();
      out.failed = !leaf;
      if (!leaf || *leaf == nullptr) break;
      out.keys.push_back((*leaf)->registration.id.key());
      auto individual = co_await leaves.individual();
      const bool is_its_own = individual && *individual != nullptr && (*individual)->id == out.keys.back();
      out.with_own += is_its_own ? 1 : 0;
    }
    out.took = LoopClock::now() - begun;
    co_return out;
  }
  Walked walk(LeafWalk& leaves) { return site.simulator.run(go_through(leaves)); }
  Walked walk(Gait gait, std::string after = {}) {
    LeafWalk leaves(ports(), gait, std::move(after));
    return walk(leaves);
  }
  LeafWalk::Ports ports() { return {site.enrollments, site.registrations, site.running->ledger}; }
};

TEST_F(ManyLeaves, are_gone_through_in_order_each_with_its_enrollment) {
  site.enrollments.individuals.erase("b-77");
  for (const Gait gait : {Gait::waited_for, Gait::beside_leaves}) {
    LeafWalk leaves(ports(), gait);
    const Walked met = walk(leaves);
    EXPECT_EQ(met.keys.size(), many);
    EXPECT_TRUE(std::is_sorted(met.keys.begin(), met.keys.end()));
    EXPECT_EQ(met.with_own, many - 1);
    EXPECT_TRUE(walk(leaves).keys.empty()) << "there are no more";
  }
  EXPECT_EQ(walk(Gait::waited_for, "b-998").keys, std::vector<std::string>{"b-999"});
}

TEST_F(ManyLeaves, leave_room_between_them_for_those_that_are_served) {
  EXPECT_GE(walk(Gait::beside_leaves).took, 3ms * (many / 30 - 1));
  EXPECT_EQ(walk(Gait::waited_for).took, 0ms) << "in this time nothing takes long that needs a rest";
}

TEST_F(ManyLeaves, an_error_of_the_store_ends_the_walk) {
  site.registrations.fail.fail_call(2, Error(Errc::store_fault, "the disk is gone"));
  const Walked met = walk(Gait::waited_for);
  EXPECT_TRUE(met.failed);
  EXPECT_EQ(met.keys.size(), 100U);
}

TEST_F(ManyLeaves, whoever_asks_seldom_is_told_at_once_what_was_counted_last) {
  for (const auto pause : {61s, 90s, 119s, 121s, 150s, 3600s}) {
    site.simulator.run_for(pause);
    wrote();
    EXPECT_EQ(asked(), 0ms) << pause.count();
    EXPECT_EQ(counted().all, many);
  }
}

TEST_F(ManyLeaves, are_counted_on_for_a_while_after_somebody_asked) {
  exchange_for_none();
  (void)site.status();
  EXPECT_EQ(counted().offline_ready, many) << "of a moment ago";
  site.simulator.run_for(1min);
  EXPECT_EQ(counted().offline_ready, 0U);
  enroll_again("b-7");
  site.running->ledger.enrollments_changed();
  wrote();
  site.simulator.run_for(1min);
  EXPECT_EQ(counted().offline_ready, 1U);
  site.simulator.run_for(10min);
  exchange_for_none();
  site.simulator.run_for(10min);
  EXPECT_EQ(counted().offline_ready, 1U) << "nobody has asked for long";
}

// A list that comes into force while leaves are counted would be counted for the rest of them alone.
TEST_F(ManyLeaves, are_counted_by_one_list) {
  for (const Millis in_the_middle : {10ms, 50ms, 100ms, 150ms, 200ms}) {
    for (std::size_t i = 1; i < many; ++i) enroll_again("b-" + std::to_string(i));
    site.close_desk();
    site.restart();
    site.open_desk();
    site.simulator.run_for(in_the_middle);
    exchange_for_none();
    site.simulator.run_for(2s);
    EXPECT_EQ(counted().all, many);
    EXPECT_EQ(counted().offline_ready, 0U) << in_the_middle.count();
  }
}

TEST_F(ManyLeaves, are_counted_under_one_policy) {
  site.close_desk();
  site.restart();
  site.open_desk();
  site.simulator.run_for(100ms);
  site.trust.lock();
  site.simulator.run_for(2s);
  EXPECT_EQ(counted().all, many);
  EXPECT_EQ(counted().offline_ready, 0U);
}

TEST_F(ManyLeaves, who_asks_while_they_are_counted_waits_for_that_count) {
  site.close_desk();
  site.restart();
  site.open_desk();
  site.simulator.run_for(30ms);
  EXPECT_EQ(counted().all, 0U);
  EXPECT_LT(asked(), 10ms) << "the count hurries then";
  EXPECT_EQ(counted().all, many);
}

TEST_F(ManyLeaves, a_clock_that_is_set_is_something_new) {
  site.simulator.run_for(1h);
  (void)site.status();
  site.simulator.run_for(1min);
  const Millis before = site.desk().census().counted_ago();
  site.clock.start += std::chrono::hours(24 * 365);
  (void)site.status();
  site.simulator.run_for(20s);
  EXPECT_LT(site.desk().census().counted_ago(), before);
}

}  // namespace
}  // namespace leafgate::many_leaves_test
