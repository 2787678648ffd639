#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/broker/broker_site.hpp"

namespace leafgate::broker::gateways_test {
namespace {

TEST(TwoGateways, OnlyTheFirstByNameAnswersAndBothSayThatThereAreTwo) {
  BrokerSite site;
  Gateway second(site.loop, settings_for(site.wire, "gw-b"), 2);
  ASSERT_TRUE(second.connects());
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen());
  ASSERT_TRUE(leaf.say("one"));
  ASSERT_TRUE(second.hears("one"));

  Gateway first(site.loop, settings_for(site.wire, "gw-a"), 3);
  ASSERT_TRUE(first.connects());
  ASSERT_TRUE(site.loop.until([&] { return first.facts().other_gateway && second.facts().other_gateway; }));
  EXPECT_EQ(first.facts().detail, "");
  EXPECT_EQ(second.facts().detail, "another gateway answers here: gw-a");
  ASSERT_TRUE(leaf.say("two"));
  ASSERT_TRUE(site.loop.until([&] { return leaf.inbox().size() == 2; }));
  EXPECT_EQ(first.link.count("two"), 1U);
  EXPECT_EQ(second.link.count("two"), 0U);

  first.stop();
  ASSERT_TRUE(site.loop.until([&] { return !second.facts().other_gateway; }));
  ASSERT_TRUE(leaf.say("three"));
  EXPECT_TRUE(second.hears("three"));
  EXPECT_EQ(leaf.inbox().size(), 2U) << "nobody else answered";
}

TEST(TwoGateways, OfOneNameNoticeEachOtherAsWell) {
  BrokerSite site;
  Gateway one(site.loop, settings_for(site.wire, "gw"), 2);
  Gateway other(site.loop, settings_for(site.wire, "gw"), 3);
  ASSERT_TRUE(one.connects());
  ASSERT_TRUE(other.connects());
  ASSERT_TRUE(site.loop.until([&] { return one.facts().other_gateway && other.facts().other_gateway; }));
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.say("hello"));
  ASSERT_TRUE(site.loop.until([&] { return one.link.count("hello") + other.link.count("hello") > 0; }));
  EXPECT_EQ(one.link.count("hello") + other.link.count("hello"), 1U);
  EXPECT_TRUE(one.facts().connected && other.facts().connected) << "neither throws the other out";
}

TEST(TwoGateways, TheOtherTakesOverWhenTheFirstFallsSilent) {
  BrokerSite site;
  Settings settings = settings_for(site.wire, "gw-b");
  settings.patience.silence = 400ms;
  settings.patience.heartbeat = 100ms;
  Gateway second(site.loop, settings, 2);
  FaultyProxy other_wire(site.broker.socket());
  Settings of_first = settings;
  of_first.name = "gw-a";
  of_first.uri = settings_for(other_wire).uri;
  Gateway first(site.loop, of_first, 3);
  ASSERT_TRUE(first.connects());
  ASSERT_TRUE(second.connects());
  ASSERT_TRUE(site.loop.until([&] { return second.facts().other_gateway; }));
  other_wire.pass(false);
  ASSERT_TRUE(site.loop.until([&] { return !second.facts().other_gateway; }));
  other_wire.pass(true);
  EXPECT_TRUE(site.loop.until([&] { return second.facts().other_gateway; })) << "and gives way again";
}

TEST(TwoGateways, ANewcomersWordsLeaveNothingOnTheBroker) {
  BrokerSite site;
  {
    Gateway gateway(site.loop, settings_for(site.wire));
    ASSERT_TRUE(gateway.connects());
    gateway.stop();
  }
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen("#"));
  ASSERT_TRUE(leaf.say("last"));  // whatever was retained comes before
  ASSERT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/up last"); }));
  EXPECT_EQ(leaf.inbox().size(), 1U);
}

}  // namespace
}  // namespace leafgate::broker::gateways_test
