#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/net/own_addresses.hpp"
#include "tests/unit/broker/broker_site.hpp"

namespace leafgate::broker::faults_test {
namespace {

// Of the loop, on a machine that does other things too; a call that waits for a broker takes seconds.
constexpr auto short_step = 100ms;

bool answers(BrokerSite& site, const std::string& id) {
  BrokerLeaf leaf(site.leaves.port(), id);
  return leaf.listen() && leaf.say("hello " + id) &&
         site.loop.until([&] { return leaf.has("leafgate/v1/" + id + "/down re hello " + id); });
}

TEST(BrokerFaults, ComesBackToABrokerThatWasRestarted) {
  BrokerSite site;
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects());
  for (const int signal : {SIGTERM, SIGKILL}) {
    site.broker.end(signal);
    ASSERT_TRUE(site.loop.until([&] { return !gateway.facts().connected; }));
    EXPECT_NE(gateway.facts().detail, "");
    site.broker.start();
    ASSERT_TRUE(gateway.connects()) << gateway.facts().detail;
    EXPECT_TRUE(answers(site, "leaf-" + std::to_string(signal))) << site.broker.log_text();
  }
  EXPECT_EQ(gateway.facts().reconnects, 2U);
  EXPECT_LT(site.loop.longest_step, short_step);
}

TEST(BrokerFaults, EachLossHasItsOwnTime) {
  BrokerSite site;
  Gateway gateway(site.loop, settings_for(site.wire));
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(gateway.connects());
    (void)site.loop.until([] { return false; }, 400ms);
    site.wire.cut();
    const auto is_fresh = [&] { return !gateway.facts().connected && gateway.facts().since < 300ms; };
    EXPECT_TRUE(site.loop.until(is_fresh, 5s)) << gateway.facts().detail;
  }
}

TEST(BrokerFaults, StartsBeforeTheBrokerDoes) {
  BrokerSite site;
  site.broker.end(SIGTERM);
  Gateway gateway(site.loop, settings_for(site.wire));
  gateway.start();
  ASSERT_TRUE(site.loop.until([&] { return site.wire.accepted() == 0 && gateway.says("the broker"); }));
  site.broker.start();
  EXPECT_TRUE(gateway.connects());
  EXPECT_TRUE(answers(site, "press-01"));
}

TEST(BrokerFaults, HearsWhatLeavesSaidWhileItWasAway) {
  BrokerSite site;
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects());
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen());
  site.wire.pass(false);
  site.wire.cut();
  ASSERT_TRUE(site.loop.until([&] { return !gateway.facts().connected; }));
  ASSERT_TRUE(leaf.say("meanwhile"));
  EXPECT_EQ(gateway.link.count("meanwhile"), 0U);
  site.wire.pass(true);
  ASSERT_TRUE(gateway.hears("meanwhile"));
  EXPECT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/down re meanwhile"); }));
}

TEST(BrokerFaults, SendsToALeafOnceTheBrokerIsBack) {
  BrokerSite site;
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects());
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen());
  ASSERT_TRUE(leaf.say("hello"));
  ASSERT_TRUE(site.loop.until([&] { return leaf.inbox().size() == 1; }));
  site.wire.pass(false);
  site.wire.cut();
  ASSERT_TRUE(site.loop.until([&] { return !gateway.facts().connected; }));
  const std::string late = "result";
  gateway.link.carriers.at(0)->send(Bytes(late.begin(), late.end()));
  site.wire.pass(true);
  EXPECT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/down result"); }));
  EXPECT_EQ(gateway.facts().messages_dropped, 0U);
}

TEST(BrokerFaults, NoticesAWireThatPassesNothing) {
  BrokerSite site;
  Settings settings = settings_for(site.wire);
  settings.patience.heartbeat = 100ms;
  settings.patience.connect = 500ms;
  Gateway gateway(site.loop, settings);
  ASSERT_TRUE(gateway.connects());
  site.wire.pass(false);
  ASSERT_TRUE(site.loop.until([&] { return !gateway.facts().connected; }));
  site.wire.cut();
  site.wire.pass(true);
  ASSERT_TRUE(gateway.connects());
  EXPECT_TRUE(answers(site, "press-01"));
  EXPECT_LT(site.loop.longest_step, short_step);
}

TEST(BrokerFaults, NoStepOfTheLoopWaitsForAFrozenBroker) {
  BrokerSite site;
  Settings settings = settings_for(site.wire);
  settings.patience.connect = 300ms;
  Gateway gateway(site.loop, settings);
  ASSERT_TRUE(gateway.connects());
  {
    BrokerLeaf leaf(site.leaves.port(), "press-01");
    ASSERT_TRUE(leaf.say("hello"));
    ASSERT_TRUE(gateway.hears("hello"));
    site.broker.freeze();
    for (int i = 0; i < 100; ++i) gateway.link.carriers.at(0)->send(Bytes(8192, 'x'));
    ASSERT_TRUE(gateway.says("the broker does not answer")) << gateway.facts().detail;
    site.broker.thaw();
  }
  ASSERT_TRUE(gateway.connects());
  EXPECT_LT(site.loop.longest_step, short_step);
}

TEST(BrokerFaults, StopsInTimeBesideAFrozenBroker) {
  BrokerSite site;
  {
    Gateway gateway(site.loop, settings_for(site.wire));
    ASSERT_TRUE(gateway.connects());
    site.broker.freeze();
    EXPECT_LT(gateway.stop(), 2s);
  }
  Gateway gateway(site.loop, settings_for(site.wire));
  gateway.start();
  ASSERT_TRUE(site.loop.until([&] { return site.wire.accepted() == 2; }));
  EXPECT_LT(gateway.stop(), 2s) << "in the middle of connecting";
  EXPECT_LT(site.loop.longest_step, short_step);
  site.broker.thaw();
}

TEST(BrokerFaults, WorksOverASlowWire) {
  BrokerSite site;
  site.wire.slow(20);  // 4,000 octets a second
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects());
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen());
  const std::string message(2000, 'm');
  ASSERT_TRUE(leaf.say(message));
  EXPECT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/down re " + message); }));
  EXPECT_LT(site.loop.longest_step, short_step);
}

TEST(BrokerFaults, HearsAgainWhatIsDeliveredAgain) {
  BrokerSite site;
  Settings settings = settings_for(site.wire);
  Gateway gateway(site.loop, settings);
  ASSERT_TRUE(gateway.connects());
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen());
  // Paho's acknowledgement of the message stays on the way back, so the broker says it again.
  site.wire.slow(1);
  ASSERT_TRUE(leaf.say("twice"));
  ASSERT_TRUE(gateway.hears("twice"));
  site.wire.cut();
  site.wire.slow(0);
  ASSERT_TRUE(gateway.hears("twice", 2));
  EXPECT_TRUE(site.loop.until([&] { return leaf.inbox().size() >= 2; }));
  EXPECT_EQ(gateway.link.carriers.size(), 1U) << "the same leaf";
}

TEST(BrokerFaults, IsNoClientOfItself) {
  BrokerSite site;
  Gateway gateway(site.loop, settings_for(site.wire));
  gateway.endpoint().own_addresses().add("0.0.0.0", site.wire.port());
  gateway.start();
  EXPECT_TRUE(gateway.says("leads back to this gateway"));
  EXPECT_EQ(site.wire.accepted(), 0);
}

}  // namespace
}  // namespace leafgate::broker::faults_test
