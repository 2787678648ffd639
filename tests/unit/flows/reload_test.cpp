#include <gtest/gtest.h>

#include "gateway/flows/pace.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::reload_test {
namespace {

using std::chrono::seconds;

TEST(Reload, a_new_ceiling_is_the_new_pace) {
  Pace pace(30);
  pace.set_ceiling(600);
  EXPECT_EQ(pace.per_minute(), 600);
  pace.took(TimePoint(seconds(1)));
  EXPECT_LE(pace.wait(TimePoint(seconds(1))), std::chrono::milliseconds(102));
}

TEST(Reload, a_new_ceiling_does_not_forgive_a_429) {
  Pace pace(600);
  pace.throttled(TimePoint(seconds(1)), seconds(10));
  pace.set_ceiling(1'200);
  EXPECT_EQ(pace.per_minute(), 300);
  EXPECT_EQ(pace.wait(TimePoint(seconds(2))), seconds(9));
  pace.set_ceiling(60);
  EXPECT_EQ(pace.per_minute(), 60);
}

TEST(Reload, a_new_policy_decides_the_next_attempt) {
  Site site;
  site.enroll("pump-1");
  ASSERT_EQ(site.provision("pump-1").status, 200);
  Policy policy = site.policy;
  policy.cache_max_age = Millis(0);  // every answer is stale now
  site.running->admission.set_policy(policy);
  const auto before = site.running->forwarder.sent();
  EXPECT_EQ(site.provision("pump-1").status, 200);
  site.simulator.run_for(seconds(5));
  EXPECT_GT(site.running->forwarder.sent(), before) << "asked again behind the answer";
}

TEST(Reload, new_options_reach_a_forwarder_that_waits) {
  Site site;
  ForwardOptions slow;
  slow.registrations_per_minute = 1;
  site.running->forwarder.set_options(slow);
  for (const char* id : {"pump-1", "pump-2", "pump-3"}) {
    site.enroll(id);
    site.register_leaf(id);
  }
  site.simulator.run_for(seconds(5));
  EXPECT_EQ(site.running->forwarder.sent(), 1U);
  site.running->forwarder.set_options(site.options);
  site.simulator.run_for(seconds(5));
  EXPECT_EQ(site.running->forwarder.sent(), 3U);
}

}  // namespace
}  // namespace leafgate::reload_test
