#include "gateway/model/dns_name.hpp"

#include <string>

#include <gtest/gtest.h>

namespace leafgate::dns_name_test {
namespace {

TEST(DnsName, IsMadeOfLabels) {
  for (const char* name : {"gw", "gw.site", "GW-1.Example.COM", "1.example", "a.b.c.d"})
    EXPECT_TRUE(is_dns_name(name)) << name;
  for (const char* text : {"", ".", "gw.", ".gw", "a..b", "-a.b", "a-.b", "a_b", "a b", "gw.site:443",
                           "*.site", "http://gw", "g\xc3\xa4", "[fe80::1]"})
    EXPECT_FALSE(is_dns_name(text)) << text;
}

TEST(DnsName, IsNeverAnAddress) {
  for (const char* text : {"127.0.0.1", "::1", "1", "gw.123"}) EXPECT_FALSE(is_dns_name(text)) << text;
}

TEST(DnsName, HasItsBounds) {
  const std::string label(63, 'a');
  const std::string longest = label + "." + label + "." + label + "." + std::string(61, 'a');
  EXPECT_TRUE(is_dns_name(longest));
  EXPECT_FALSE(is_dns_name(longest + "a"));
  EXPECT_FALSE(is_dns_name(label + "a.b"));
}

}  // namespace
}  // namespace leafgate::dns_name_test
