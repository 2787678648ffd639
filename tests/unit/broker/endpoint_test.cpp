#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/broker/broker_site.hpp"

namespace leafgate::broker::endpoint_test {
namespace {

using testing::ElementsAre;

TEST(BrokerEndpoint, HearsALeafAndAnswersIt) {
  BrokerSite site;
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects()) << gateway.facts().detail;
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen());
  ASSERT_TRUE(leaf.say("hello"));
  ASSERT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/down re hello"); }));
  ASSERT_EQ(gateway.link.heard.size(), 1U);
  EXPECT_EQ(gateway.link.heard[0].from, "broker/press-01");
  EXPECT_EQ(gateway.link.heard[0].claimed, "press-01");
  const LeafCarrier& carrier = *gateway.link.carriers.at(0);
  EXPECT_EQ(carrier.binding(), "broker/127.0.0.1:" + std::to_string(site.wire.port()));
  EXPECT_EQ(carrier.source().transport, Transport::broker);
  ASSERT_TRUE(site.loop.until([&] { return gateway.facts().messages_sent == 1; }));
  EXPECT_EQ(gateway.facts().protocol, 5);
  EXPECT_EQ(gateway.facts().messages_heard, 1U);
  EXPECT_EQ(gateway.facts().messages_dropped, 0U);
  EXPECT_EQ(gateway.facts().detail, "");
  EXPECT_FALSE(gateway.facts().other_gateway);
}

TEST(BrokerEndpoint, AnswersWhereTheLeafAskedButOnlyInItsOwnTree) {
  BrokerSite site;
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects());
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen("leafgate/#"));
  const std::string up = "leafgate/v1/press-01/up";
  ASSERT_TRUE(leaf.publish(up, "a", false, answer_at("leafgate/v1/press-01/inbox", "seven")));
  ASSERT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/inbox re a [seven]"); }));
  ASSERT_TRUE(leaf.publish(up, "b", false, answer_at("leafgate/v1/press-02/down", "eight")));
  EXPECT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/down re b [eight]"); }));
  ASSERT_TRUE(leaf.publish(up, "c", false, answer_at(up, "")));
  EXPECT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/down re c"); }));
  ASSERT_TRUE(leaf.publish(up, "d"));
  EXPECT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/down re d"); }));
  EXPECT_EQ(gateway.link.carriers.size(), 1U);
}

TEST(BrokerEndpoint, DropsWhatIsRetainedForgedEmptyOrTooLarge) {
  BrokerSite site;
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.publish("leafgate/v1/press-01/up", "stale", true));
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects());
  ASSERT_TRUE(site.loop.until([&] { return gateway.facts().messages_dropped == 1; }));
  ASSERT_TRUE(leaf.publish("leafgate/v1/-press/up", "forged"));
  ASSERT_TRUE(leaf.publish("leafgate/v1/" + std::string(129, 'a') + "/up", "forged"));
  ASSERT_TRUE(leaf.publish("leafgate/v1/a b/up", "forged"));
  ASSERT_TRUE(leaf.publish("leafgate/v1/press-01/up", ""));
  ASSERT_TRUE(leaf.say(std::string(8193, 'x')));
  ASSERT_TRUE(leaf.say(std::string(8192, 'y')));
  ASSERT_TRUE(gateway.hears(std::string(8192, 'y')));
  EXPECT_EQ(gateway.link.heard.size(), 1U);
  EXPECT_EQ(gateway.facts().messages_dropped, 6U);
}

TEST(BrokerEndpoint, KeepsTheOrderOfWhatItSends) {
  BrokerSite site;
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects());
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen());
  std::vector<std::string> expected;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(leaf.say(std::to_string(i)));
    expected.push_back("leafgate/v1/press-01/down re " + std::to_string(i));
  }
  ASSERT_TRUE(site.loop.until([&] { return leaf.inbox().size() == expected.size(); }));
  EXPECT_EQ(leaf.inbox(), expected);
}

std::ptrdiff_t threads() { return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}); }

TEST(BrokerEndpoint, LetsGoOfItsLeavesWhenItStops) {
  BrokerSite site;
  const auto before = threads();
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects());
  {
    BrokerLeaf leaf(site.leaves.port(), "press-01");
    ASSERT_TRUE(leaf.say("hello"));
    ASSERT_TRUE(gateway.hears("hello"));
  }
  const auto carrier = gateway.link.carriers.at(0);
  EXPECT_TRUE(carrier->is_there());
  EXPECT_LT(gateway.stop(), 2s);
  EXPECT_FALSE(carrier->is_there());
  carrier->send({1});
  EXPECT_THAT(gateway.link.lost_ids, ElementsAre("press-01"));
  EXPECT_FALSE(gateway.facts().connected);
  EXPECT_EQ(gateway.facts().detail, "stopped");
  EXPECT_EQ(threads(), before) << "none of ours, none of Paho's";
}

}  // namespace
}  // namespace leafgate::broker::endpoint_test
