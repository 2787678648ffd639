#include "gateway/model/percent.hpp"

#include <gtest/gtest.h>

namespace leafgate::percent_test {
namespace {

TEST(Percent, EncodesAllButTheUnreserved) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("0ne00ABCDEF/registrations/line:7"), "0ne00ABCDEF%2Fregistrations%2Fline%3A7");
  EXPECT_EQ(percent_encode("a+b=\xff "), "a%2Bb%3D%FF%20");
}

TEST(Percent, DecodesEitherCaseAndLeavesPlusAlone) {
  EXPECT_EQ(*percent_decode("a%2fb%2Fc+d"), "a/b/c+d");
  EXPECT_EQ(*percent_decode("%00"), std::string(1, '\0'));
  EXPECT_EQ(*percent_decode("%2525"), "%25");
  EXPECT_EQ(*percent_decode(""), "");
}

TEST(Percent, RefusesAPercentWithoutTwoHexDigits) {
  for (const char* text : {"%", "%2", "a%", "%zz", "%2g", "%g2", "%%20", "% 2", "%+2"})
    EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(Percent, BringsBackEveryOctet) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(*percent_decode(percent_encode(all)), all);
}

}  // namespace
}  // namespace leafgate::percent_test
