// The way to the service is looked at by an empty connection, while the link counts as up.
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::look_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Look, looks_when_leaves_that_passed_hear_nothing) {
  Site site;
  Forwarder& forwarder = site.running->forwarder;
  forwarder.doubt();
  site.simulator.run_for(seconds(1));
  EXPECT_EQ(site.service.probes, 1);
  EXPECT_TRUE(forwarder.state().up);
  site.service.up = false;
  for (int i = 0; i < 28; ++i) {
    forwarder.doubt();
    site.simulator.run_for(seconds(1));
  }
  EXPECT_EQ(site.service.probes, 1) << "it has looked a moment ago";
  site.simulator.run_for(seconds(1));
  forwarder.doubt();
  site.simulator.run_for(Millis(500));
  EXPECT_FALSE(forwarder.state().up);
  EXPECT_FALSE(site.running->passes.service_is_up()) << "the next ones are answered here";
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.running->passes.service_is_up()) << "and it finds its way back by itself";
}

TEST(Look, notices_that_the_service_has_gone_where_only_known_leaves_come) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  site.service.up = false;
  for (int i = 0; i < 2; ++i) {  // the third time it would be asked about
    EXPECT_EQ(site.provision("leaf-1").reason, Reason::answered_from_cache);
    site.simulator.run_for(seconds(35));
  }
  EXPECT_EQ(site.running->forwarder.state().reason, Reason::service_unreachable);
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.running->forwarder.state().up);
}

TEST(Look, whether_the_service_is_there_is_found_out_at_the_start) {
  Site site;
  site.service.up = false;
  site.simulator.run_for(seconds(3));
  EXPECT_FALSE(site.running->forwarder.state().up);
  EXPECT_EQ(site.service.probes, 1);
}

TEST(Look, looks_once_a_minute_and_asks_nothing) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  const int asked = site.service.calls;
  site.simulator.run_for(hours(1));
  EXPECT_GE(site.service.probes, 58);
  EXPECT_LE(site.service.probes, 60);
  EXPECT_EQ(site.service.calls, asked);
  ForwardOptions seldom = site.options;
  seldom.look_every = hours(1);
  site.running->forwarder.set_options(seldom);
  site.service.probes = 0;
  site.simulator.run_for(hours(3));
  EXPECT_LE(site.service.probes, 3);
}

TEST(Look, does_not_look_while_it_hears_or_the_service_asked_for_peace) {
  Site site;
  for (const char* id : {"leaf-1", "leaf-2"}) site.enroll(id);
  site.service.polls_until_done = 100;  // 3 s each
  (void)site.register_leaf("leaf-1");
  site.simulator.run_for(minutes(5));
  EXPECT_EQ(site.service.probes, 0);
  site.service.polls_until_done = 0;
  site.service.throttle_next = 1;
  site.service.throttle_retry_after = Seconds(600);
  (void)site.register_leaf("leaf-2");
  site.simulator.run_for(minutes(9));
  EXPECT_EQ(site.service.probes, 0);
}

TEST(Look, a_look_holds_nothing_up_and_forgives_no_refusal) {
  Site site;
  for (const char* id : {"leaf-1", "leaf-2"}) site.enroll(id);
  site.service.refuse_ids = {"leaf-1", "leaf-2"};
  (void)site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(1));
  site.service.latency = seconds(20);
  site.running->forwarder.doubt();
  (void)site.register_leaf("leaf-2");
  site.simulator.run_for(seconds(21));
  EXPECT_EQ(site.service.order, (std::vector<std::string>{"leaf-1", "leaf-2"}));
  EXPECT_EQ(site.running->forwarder.state().reason, Reason::service_refuses_everybody);
}

TEST(Look, a_way_that_was_found_back_is_not_looked_at_again_at_once) {
  Site site;
  site.service.up = false;
  site.running->forwarder.doubt();
  site.simulator.run_for(minutes(10));
  ASSERT_FALSE(site.running->forwarder.state().up);
  site.service.up = true;
  for (int i = 0; i < 300 && !site.running->forwarder.state().up; ++i) site.simulator.run_for(seconds(1));
  ASSERT_TRUE(site.running->forwarder.state().up);
  const int found = site.service.probes;
  site.simulator.run_for(seconds(50));
  EXPECT_EQ(site.service.probes, found);
}

TEST(Look, an_outage_that_lasts_through_a_restart_keeps_its_beginning) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  (void)site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(10));
  const WallTime begun = site.running->forwarder.state().since;
  for (int i = 0; i < 2; ++i) {
    site.simulator.run_for(minutes(10));
    site.restart();
    site.simulator.run_for(seconds(10));
    ASSERT_FALSE(site.running->forwarder.state().up);
    EXPECT_EQ(site.running->forwarder.state().since, begun);
  }
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  ASSERT_TRUE(site.running->forwarder.state().up);
  site.service.up = false;
  const WallTime gone = site.clock.now().at;
  site.simulator.run_for(minutes(2));
  ASSERT_FALSE(site.running->forwarder.state().up);
  EXPECT_GE(site.running->forwarder.state().since, gone) << "another one";
}

TEST(Look, an_outage_that_ended_while_the_gateway_was_off_is_over) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  (void)site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(10));
  site.stop();
  site.service.up = true;
  site.start();
  site.simulator.run_for(minutes(2));
  site.service.up = false;
  const WallTime gone = site.clock.now().at;
  site.simulator.run_for(minutes(2));
  ASSERT_FALSE(site.running->forwarder.state().up);
  EXPECT_GE(site.running->forwarder.state().since, gone);
}

}  // namespace
}  // namespace leafgate::look_test
