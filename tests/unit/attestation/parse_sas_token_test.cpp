#include <gtest/gtest.h>

#include "gateway/attestation/sas_token.hpp"
#include "tests/unit/attestation/sas_vectors.hpp"

namespace leafgate::parse_sas_token_test {
namespace {

using test::sas_vectors;
using test::token_of;

TEST(ParseSasToken, KeepsTheSignedTextAsItStandsOnTheWire) {
  const auto token = parse_sas_token(token_of(sas_vectors[1]));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->signed_text, "0ne00ABCDEF%2fregistrations%2fedge-device-01\n1893456000");
  EXPECT_EQ(token->resource, "0ne00ABCDEF/registrations/edge-device-01");
  EXPECT_EQ(token->signature.size(), 32U);
  EXPECT_EQ(token->expires_at, WallTime(Seconds(1'893'456'000)));
  EXPECT_EQ(token->key_name, "registration");
}

TEST(ParseSasToken, TakesTheFieldsInAnyOrderAndSknInAnyWay) {
  for (const char* order : {"rgen", "rgne", "rge", "rge-", "egr", "nerg", "ger", "-reg"})
    EXPECT_TRUE(parse_sas_token(token_of(sas_vectors[0], order))) << order;
  EXPECT_TRUE(parse_sas_token(token_of(sas_vectors[0], "rge") + "&skn=somebody&x=1&x=2"));
}

TEST(ParseSasToken, TakesABareSignature) {
  const std::string text = "SharedAccessSignature sr=a&sig=ZZj0vSHGw/9Se7exyvNB+VKaIN+jlwsbUykMBurSwSI=&se=1";
  const auto token = parse_sas_token(text);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->signature.front(), 0x65);
}

struct Bad {
  std::string what;
  std::string text;
};

std::vector<Bad> bad_tokens() {
  const std::string s = "SharedAccessSignature ";
  const std::string sr = "sr=" + std::string(sas_vectors[0].sr);
  const std::string sig = "sig=" + std::string(sas_vectors[0].sig);
  const std::string se = "se=1893456000";
  return {
      {"empty", ""},
      {"scheme alone", s},
      {"no scheme", sr + "&" + sig + "&" + se},
      {"scheme in lower case", "sharedaccesssignature " + sr + "&" + sig + "&" + se},
      {"two spaces", s + " " + sr + "&" + sig + "&" + se},
      {"no sr", s + sig + "&" + se},
      {"no sig", s + sr + "&" + se},
      {"no se", s + sr + "&" + sig},
      {"empty sr", s + "sr=&" + sig + "&" + se},
      {"empty sig", s + sr + "&sig=&" + se},
      {"empty se", s + sr + "&" + sig + "&se="},
      {"upper-case name", s + "SR=a&" + sig + "&" + se},
      {"sr twice", s + sr + "&" + sr + "&" + sig + "&" + se},
      {"sig twice", s + sr + "&" + sig + "&" + sig + "&" + se},
      {"se twice", s + sr + "&" + sig + "&" + se + "&se=1"},
      {"skn twice", s + sr + "&" + sig + "&" + se + "&skn=&skn="},
      {"field without '='", s + sr + "&" + sig + "&" + se + "&skn"},
      {"field without name", s + sr + "&" + sig + "&" + se + "&=x"},
      {"empty field", s + sr + "&&" + sig + "&" + se},
      {"trailing '&'", s + sr + "&" + sig + "&" + se + "&"},
      {"';' between", s + sr + ";" + sig + ";" + se},
      {"se not a number", s + sr + "&" + sig + "&se=soon"},
      {"se negative", s + sr + "&" + sig + "&se=-1"},
      {"se with sign", s + sr + "&" + sig + "&se=+1893456000"},
      {"se with fraction", s + sr + "&" + sig + "&se=1893456000.5"},
      {"se in hex", s + sr + "&" + sig + "&se=0x10"},
      {"se with space", s + sr + "&" + sig + "&se=1893456000 "},
      {"se after 9999", s + sr + "&" + sig + "&se=253402300800"},
      {"se overflows", s + sr + "&" + sig + "&se=99999999999999999999999"},
      {"sig truncated", s + sr + "&sig=ZZj0vSHGw%2F9Se7exyvNB%2BVKaIN%2BjlwsbUykMBurSwS&" + se},
      {"sig too short", s + sr + "&sig=ZZj0vSHGw%2F9S&" + se},
      {"sig too long", s + sr + "&sig=ZZj0vSHGw%2F9Se7exyvNB%2BVKaIN%2BjlwsbUykMBurSwSIAAAA&" + se},
      {"sig without padding", s + sr + "&sig=ZZj0vSHGw%2F9Se7exyvNB%2BVKaIN%2BjlwsbUykMBurSwSI&" + se},
      {"sig padded twice", s + sr + "&sig=ZZj0vSHGw%2F9Se7exyvNB%2BVKaIN%2BjlwsbUykMBurSwSI%3D%3D&" + se},
      {"sig with space for '+'", s + sr + "&sig=ZZj0vSHGw%2F9Se7exyvNB%20VKaIN%20jlwsbUykMBurSwSI%3D&" + se},
      {"sig in the URL alphabet", s + sr + "&sig=ZZj0vSHGw_9Se7exyvNB-VKaIN-jlwsbUykMBurSwSI%3D&" + se},
      {"sig encoded twice", s + sr + "&sig=ZZj0vSHGw%252F9Se7exyvNB%252BVKaIN&" + se},
      {"sig with a broken escape", s + sr + "&sig=ZZj0vSHGw%2&" + se},
      {"sr with a broken escape", s + "sr=0ne00ABCDEF%2&" + sig + "&" + se},
      {"NUL in sr", s + "sr=a" + std::string(1, '\0') + "&" + sig + "&" + se},
      {"LF in sr", s + "sr=a\n1&" + sig + "&" + se},
      {"CR LF at the end", s + sr + "&" + sig + "&" + se + "\r\n"},
      {"octets above ASCII", s + "sr=\xc3\xa4&" + sig + "&" + se},
  };
}

TEST(ParseSasToken, RefusesWhatIsNotOne) {
  for (const Bad& bad : bad_tokens()) {
    const auto token = parse_sas_token(bad.text);
    ASSERT_FALSE(token) << bad.what;
    EXPECT_EQ(token.error().code, Errc::malformed) << bad.what;
    EXPECT_EQ(token.error().detail.find("ZZj0"), std::string::npos) << "tells of the credential";
  }
}

TEST(ParseSasToken, BoundsTheToken) {
  const std::string token = token_of(sas_vectors[0]);
  EXPECT_TRUE(parse_sas_token(token + "&x=" + std::string(2048 - 3 - token.size(), 'x')));
  const auto huge = parse_sas_token(token + "&x=" + std::string(2048 - 2 - token.size(), 'x'));
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code, Errc::too_large);
}

}  // namespace
}  // namespace leafgate::parse_sas_token_test
