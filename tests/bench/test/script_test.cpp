#include "tests/bench/script.hpp"

#include <gtest/gtest.h>

namespace leafgate::bench {
namespace {

Script script(Target target) {
  return make_script({target, "0ne00ABCDEF", "storm-", "a2V5"}, 7, 1'700'000'000);
}

TEST(script, the_broker_is_sent_the_very_same_connect) {
  EXPECT_EQ(script(Target::dps).connect, script(Target::echo).connect);
}

TEST(script, every_packet_to_the_broker_is_as_long_as_the_one_to_the_gateway) {
  const Script gateway = script(Target::dps);
  const Script broker = script(Target::echo);
  EXPECT_EQ(gateway.subscribe.size(), broker.subscribe.size());
  EXPECT_EQ(gateway.request.size(), broker.request.size());
  EXPECT_EQ(gateway.body, broker.body);
}

TEST(script, an_id_has_eight_digits_and_a_rid_the_length_of_a_guid) {
  EXPECT_EQ(script(Target::dps).registration_id, "storm-00000007");
  EXPECT_EQ(script(Target::dps).rid.size(), 36U);
}

TEST(script, two_leaves_of_the_broker_share_no_topic) {
  const Script other = make_script({Target::echo, "0ne00ABCDEF", "storm-", "a2V5"}, 8, 1'700'000'000);
  EXPECT_NE(script(Target::echo).topic, other.topic);
  EXPECT_NE(script(Target::echo).subscribe, other.subscribe);
}

}  // namespace
}  // namespace leafgate::bench
