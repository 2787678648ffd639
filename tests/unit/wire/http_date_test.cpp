#include "adapters/wire/http_date.hpp"

#include <gtest/gtest.h>

#include "adapters/wire/rfc3339.hpp"

namespace leafgate::wire::http_date_test {
namespace {

TEST(HttpDate, is_read_as_it_is_sent) {
  EXPECT_EQ(read_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), WallTime(Seconds(784'111'777)));
  EXPECT_EQ(read_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), WallTime(Seconds(0)));
  EXPECT_EQ(read_http_date("Thu, 31 Dec 2026 23:59:60 GMT"), read_http_date("Fri, 01 Jan 2027 00:00:00 GMT"));
}

TEST(HttpDate, is_nothing_else) {
  for (const char* odd :
       {"", "now", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 anF 1994 08:49:37 GMT", "Sun, 06 Nov 1994 -8:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT+"})
    EXPECT_FALSE(read_http_date(odd)) << odd;
}

// The other form of a moment goes by the same hours and days.
TEST(Rfc3339, knows_no_hour_that_a_day_has_not) {
  EXPECT_EQ(parse_rfc3339("1994-11-06T08:49:37Z").value(), WallTime(Seconds(784'111'777)));
  for (const char* odd : {"1994-11-06T24:00:00Z", "1994-11-06T08:60:00Z", "1994-11-06T08:49:61Z",
                          "1994-11-06T-8:49:37Z", "1994-02-31T08:49:37Z", "1994-11-06T08:49:37"})
    EXPECT_FALSE(parse_rfc3339(odd)) << odd;
}

}  // namespace
}  // namespace leafgate::wire::http_date_test
