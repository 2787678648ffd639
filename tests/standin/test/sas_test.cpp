#include "tests/standin/sas.hpp"

#include <gtest/gtest.h>

namespace leafgate::standin {
namespace {

// Vectors of the device sheet §3.3, computed there with another implementation; se = 1893456000.
constexpr const char* group_key =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
constexpr const char* derived = "qmMQ0vR8lfFpX3Ql9S3N23Cb8C9o242vhSnKAWPkvg4=";
constexpr const char* individual = "vXyjCN9WmXMXNP2l7VNnSTiDmhM0NRJgA4O54l2sQbY=";

struct Vector {
  const char* name;
  const char* key;
  const char* sr;
  const char* sig;
  const char* style;
};

const Vector vectors[] = {
    {"upper", derived, "0ne00ABCDEF%2Fregistrations%2Fedge-device-01",
     "ZZj0vSHGw%2F9Se7exyvNB%2BVKaIN%2BjlwsbUykMBurSwSI%3D", "upper"},
    {"lower", derived, "0ne00ABCDEF%2fregistrations%2fedge-device-01",
     "gW1SDWmuhsj7DPkVWXUVFgNrF9mOIg7kV8Ao9iyoW44%3d", "lower"},
    {"raw", derived, "0ne00ABCDEF/registrations/edge-device-01",
     "0XiwVc7qOjgxiTFLEfTLViqf6ZCwbeihPIMyDESeGbQ%3D", "raw"},
    {"lowered", derived, "0ne00abcdef/registrations/edge-device-01",
     "fi672Imza1SiXveRnSpSBLYG55QjLJnWi5Tz%2FcgNMHg%3D", "lowered"},
    {"reserved_upper", individual, "0ne00ABCDEF%2Fregistrations%2Fline%3A7_a.b-09",
     "wdWdSF8yeQq9jeY8ZIwo%2FOhZswSXHsYrYrC4bb3PeQE%3D", "upper"},
    {"reserved_lower", individual, "0ne00ABCDEF%2fregistrations%2fline%3a7_a.b-09",
     "WzsVgsjPCmjwqa%2bv3PEu9ounhoUpoRDmdsY2%2bCS8xyU%3d", "lower"},
    {"reserved_mixed", individual, "0ne00ABCDEF%2fregistrations%2fline%3A7_a.b-09",
     "XR2Fts0jAzO3Q8p0BBMFpwKzL2owqdAFAsWFNOOTs6U%3D", "mixed"},
    {"reserved_raw", individual, "0ne00ABCDEF/registrations/line:7_a.b-09",
     "/QxEeR5JcGUQH6V7La4leoNVfUjzvokCQulNwC9hd1g=", "raw"},
};

class SasVectors : public testing::TestWithParam<Vector> {};
INSTANTIATE_TEST_SUITE_P(Sheet, SasVectors, testing::ValuesIn(vectors),
                         [](const auto& vector) { return std::string(vector.param.name); });

std::string header_of(const Vector& v) {
  return std::string("SharedAccessSignature sr=") + v.sr + "&sig=" + v.sig +
         "&se=1893456000&skn=registration";
}

TEST_P(SasVectors, verifies_over_the_raw_sr_and_names_its_style) {
  const auto token = parse_sas(header_of(GetParam()));
  ASSERT_TRUE(token);
  EXPECT_TRUE(signed_by(*token, {GetParam().key}));
  EXPECT_EQ(sr_style(*token, "0ne00ABCDEF"), GetParam().style);
  EXPECT_EQ(token->expires, 1893456000);
}

TEST_P(SasVectors, takes_the_second_key_and_refuses_another) {
  const auto token = parse_sas(header_of(GetParam()));
  ASSERT_TRUE(token);
  EXPECT_TRUE(signed_by(*token, {group_key, GetParam().key}));
  EXPECT_FALSE(signed_by(*token, {group_key}));
}

TEST(DerivedKey, is_that_of_the_sheet_and_of_the_documented_example) {
  EXPECT_EQ(derive_device_key(group_key, "edge-device-01"), derived);
  EXPECT_EQ(derive_device_key(group_key, "Edge-Device-01"), "Nw9OzlLQV/WhophYgCdn0MWgA60xhJBhUna7iYl2wis=");
  EXPECT_EQ(derive_device_key(
                "8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==",
                "sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6"),
            "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=");
}

TEST(SasToken, takes_any_order_and_every_known_skn) {
  const std::string sig = "sig=0XiwVc7qOjgxiTFLEfTLViqf6ZCwbeihPIMyDESeGbQ%3D";
  const std::string head = "SharedAccessSignature ";
  EXPECT_TRUE(parse_sas(head + "sr=a&" + sig + "&skn=registration&se=1"));
  EXPECT_TRUE(parse_sas(head + "se=1&" + sig + "&sr=a"));
  EXPECT_TRUE(parse_sas(head + "sr=a&" + sig + "&se=1&skn="));
}

TEST(SasToken, refuses_what_is_malformed) {
  const std::string sig = "sig=0XiwVc7qOjgxiTFLEfTLViqf6ZCwbeihPIMyDESeGbQ%3D";
  const std::string head = "SharedAccessSignature ";
  for (const std::string& bad :
       {std::string(), std::string("Bearer x"), head, head + "sr=a&se=1", head + "sr=a&" + sig,
        head + "sr=a&sr=b&" + sig + "&se=1", head + "sr=a&" + sig + "&se=1x",
        head + "sr=%zz&" + sig + "&se=1", head + "sr=a&sig=short&se=1", head + "sr=a&" + sig + "&se"}) {
    EXPECT_FALSE(parse_sas(bad)) << bad;
  }
}

}  // namespace
}  // namespace leafgate::standin
