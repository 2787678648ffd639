#include "gateway/model/expected_leaf.hpp"

#include <gtest/gtest.h>

namespace leafgate::expected_leaf_test {
namespace {

struct Case {
  const char* place;
  const char* source;
  bool contains;
};
class SitePlaceTest : public testing::TestWithParam<Case> {};

TEST_P(SitePlaceTest, contains_what_comes_from_there) {
  const auto place = SitePlace::parse(GetParam().place);
  ASSERT_TRUE(place) << place.error().detail;
  EXPECT_EQ(place->contains(GetParam().source), GetParam().contains)
      << GetParam().place << " and " << GetParam().source;
}

INSTANTIATE_TEST_SUITE_P(
    table, SitePlaceTest,
    testing::Values(Case{"192.0.2.7", "192.0.2.7", true}, Case{"192.0.2.7", "192.0.2.70", false},
                    Case{"192.0.2.0/24", "192.0.2.255", true}, Case{"192.0.2.0/24", "192.0.3.1", false},
                    Case{"192.0.2.0/24", "line1/5", false}, Case{"0.0.0.0/0", "198.51.100.1", true},
                    Case{"0.0.0.0/0", "2001:db8::1", false}, Case{"2001:db8::/32", "2001:DB8:1::7", true},
                    Case{"2001:db8::7", "2001:db8:0:0:0:0:0:7", true},
                    Case{"192.0.2.128/25", "192.0.2.127", false}, Case{"line1", "line1/5", true},
                    Case{"Line1", "line1/5", true}, Case{"line1", "line10/5", false},
                    Case{"line1/5", "line1/5", true}, Case{"line1/5", "line1/50", false},
                    Case{"broker", "broker/press-01", true}, Case{"/dev/ttyS0", "/dev/ttys0/5", true},
                    Case{"192.0.2.7", "", false}, Case{"line1", "", false}));

TEST(SitePlaceParse, one_address_or_station_is_single_and_a_network_or_a_line_is_not) {
  for (const char* text : {"192.0.2.7", "192.0.2.7/32", "2001:db8::1", "line1/5"})
    EXPECT_TRUE(SitePlace::parse(text).value().is_single()) << text;
  for (const char* text : {"192.0.2.0/24", "line1", "broker"})
    EXPECT_FALSE(SitePlace::parse(text).value().is_single()) << text;
}

TEST(SitePlaceParse, what_looks_like_an_address_must_be_one) {
  for (const char* text : {"", "192.0.2", "192.0.2.256", "192.0.2.7/", "192.0.2.7/x", "192.0.2.7/33",
                           "2001:db8:::1", "fe80::1%eth0", "192.0.2.7/24", "12345", "/"})
    EXPECT_FALSE(SitePlace::parse(text)) << text;
}

}  // namespace
}  // namespace leafgate::expected_leaf_test
