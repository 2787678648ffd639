#include "adapters/mqtt/broker/topic.hpp"

#include <gtest/gtest.h>

#include "adapters/mqtt/broker/answers.hpp"

namespace leafgate::broker::topic_test {
namespace {

TEST(BrokerTopic, TellsWhoseUpItIs) {
  struct Row {
    std::string topic;
    std::string leaf;  // empty: nobody's
  };
  const Row rows[] = {
      {"leafgate/v1/press-01/up", "press-01"},
      {"leafgate/v1/Press:01._-/up", "Press:01._-"},
      {"leafgate/v1/up/up", "up"},
      {"leafgate/v1/gateways/up", "gateways"},
      {"leafgate/v1/" + std::string(128, 'a') + "/up", std::string(128, 'a')},
      {"leafgate/v1/" + std::string(129, 'a') + "/up", ""},
      {"leafgate/v1//up", ""},
      {"leafgate/v1/up", ""},
      {"leafgate/v1/press-01/down", ""},
      {"leafgate/v1/press-01/up/up", ""},
      {"leafgate/v1/press-01/UP", ""},
      {"leafgate/v2/press-01/up", ""},
      {"x/leafgate/v1/press-01/up", ""},
      {"leafgate/v1/-press/up", ""},
      {"leafgate/v1/press 01/up", ""},
      {"leafgate/v1/+/up", ""},
      {std::string("leafgate/v1/a\0b/up", 18), ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    const auto leaf = leaf_of(row.topic);
    EXPECT_EQ(leaf ? *leaf : "", row.leaf) << row.topic;
  }
}

TEST(BrokerTopic, LetsALeafBeAnsweredInItsOwnTreeOnly) {
  const std::string own = "leafgate/v1/press-01/";
  struct Row {
    std::string topic;
    bool may;
  };
  const Row rows[] = {
      {own + "down", true},
      {own + "inbox/7", true},
      {own + "up/7", true},
      {own + "up", false},  // the gateway would hear itself
      {own, false},
      {"leafgate/v1/press-01", false},
      {"leafgate/v1/press-011/down", false},
      {"leafgate/v1/press-02/down", false},
      {"leafgate/v1/PRESS-01/down", false},
      {"leafgate/gateways/gw-1", false},
      {"$SYS/broker", false},
      {own + "+", false},
      {own + "a/#", false},
      {own + "a b", false},
      {own + std::string("a\0b", 3), false},
      {own + "a\xc3\xa4", false},
      {own + std::string(256 - own.size(), 'a'), true},
      {own + std::string(257 - own.size(), 'a'), false},
      {"", false},
  };
  for (const Row& row : rows) EXPECT_EQ(may_answer_at(row.topic, "press-01"), row.may) << row.topic;
}

TEST(BrokerTopic, KeepsGatewaysOutOfEveryLeafsTree) {
  EXPECT_EQ(gateway_of(gateway_topic("gw-1")), "gw-1");
  EXPECT_EQ(gateway_of("leafgate/gateways/"), "");
  EXPECT_EQ(gateway_of("leafgate/gateways/a/b"), "");
  EXPECT_EQ(gateway_of("leafgate/v1/gateways/up"), "");
  EXPECT_FALSE(leaf_of(gateway_topic("up")));
}

TEST(BrokerAnswers, AreWordsForTheEngineer) {
  EXPECT_EQ(code_text(0x87), "not authorized");
  EXPECT_EQ(code_text(4), "bad user name or password");
  EXPECT_EQ(code_text(0x99), "code 153");
  EXPECT_TRUE(is_version_refused(1));
  EXPECT_TRUE(is_version_refused(0x84));
  EXPECT_FALSE(is_version_refused(5));
}

}  // namespace
}  // namespace leafgate::broker::topic_test
