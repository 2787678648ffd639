#include "gateway/app/settings.hpp"

#include "tests/unit/app/config_fixture.hpp"

namespace leafgate::settings_test {
namespace {

using namespace std::chrono_literals;

TEST_F(ConfigTest, sets_the_pace_of_a_leaf) {
  EXPECT_EQ(attempt_limits_of(good()).burst, 5.0);
  EXPECT_EQ(attempt_limits_of(good()).per_second, 0.2);
  const Config config = good("[limits]\nattempts_at_once = 10\nattempts_every = \"500ms\"\n");
  EXPECT_EQ(attempt_limits_of(config).burst, 10.0);
  EXPECT_EQ(attempt_limits_of(config).per_second, 2.0);
}

TEST_F(ConfigTest, sets_what_tunnels_may_take) {
  const tunnel::Limits standard = tunnel_limits_of(good());
  EXPECT_EQ(standard.tunnels, tunnel::Limits().tunnels);
  EXPECT_EQ(standard.of_source, tunnel::Limits().of_source);
  EXPECT_EQ(standard.silence, tunnel::Limits().silence);
  const Config config = good("[limits]\ntunnels_per_source = 3\ntunnel_silence = \"10s\"\n");
  EXPECT_EQ(tunnel_limits_of(config).of_source, 3U);
  EXPECT_EQ(tunnel_limits_of(config).silence, 10s);
}

TEST_F(ConfigTest, makes_rules_of_every_source_and_place_that_it_takes) {
  const tunnel::Rules rules =
      tunnel_rules_of(good("[tunnel]\nsources = [\"192.0.2.0/24\", \"2001:db8::/48\"]\n"
                           "dial = { \"Hub.Example:8883\" = \"[2001:db8::1]:8883\" }\n"));
  EXPECT_EQ(rules.sources.size(), 2U);
  EXPECT_EQ(rules.dial.at("hub.example:8883").host, "2001:db8::1");
}

TEST_F(ConfigTest, lets_no_two_lines_have_one_device) {
  const std::string one = "[[serial]]\nname = \"a\"\npath = \"/dev/ttyS0\"\n";
  EXPECT_TRUE(mistakes_of_link(good(one + "[[serial]]\nname = \"b\"\npath = \"/dev/ttyS1\"\n")).empty());
  const auto mistakes = mistakes_of_link(good(one + "[[serial]]\nname = \"b\"\npath = \"/dev/ttyS0\"\n"));
  EXPECT_EQ(mistakes, std::vector<std::string>{"serial \"b\": path \"/dev/ttyS0\" is that of \"a\" too"});
}

TEST_F(ConfigTest, knows_a_gateway_without_a_name_by_that_of_its_machine) {
  const std::string broker = "[broker]\nuri = \"mqtt://broker.site\"\n";
  EXPECT_FALSE(broker_settings_of(good(broker)).name.empty());
  EXPECT_TRUE(mistakes_of_link(good(broker)).empty());
}

TEST(HttpAuthority, has_ipv6_in_brackets) {
  EXPECT_EQ(http_authority("::1", 8443), "[::1]:8443");
  EXPECT_EQ(http_authority("2001:db8::1", 443), "[2001:db8::1]");
  EXPECT_EQ(http_authority("dps.example", 443), "dps.example");
  EXPECT_EQ(http_authority("192.0.2.1", 80), "192.0.2.1:80");
}

}  // namespace
}  // namespace leafgate::settings_test
