#include "tests/leaf/family.hpp"

#include <gtest/gtest.h>

namespace leafgate::leaf {
namespace {

using nlohmann::json;

constexpr const char* group_key =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
constexpr const char* individual_key = "vXyjCN9WmXMXNP2l7VNnSTiDmhM0NRJgA4O54l2sQbY=";
constexpr std::int64_t vector_se = 1893456000;

// Tokens of the device sheet §3.1 with the signatures of §3.3.
struct Row {
  const char* family;
  std::string token;
};

const Row group_tokens[] = {
    {"node",
     "SharedAccessSignature sr=0ne00ABCDEF/registrations/edge-device-01"
     "&sig=0XiwVc7qOjgxiTFLEfTLViqf6ZCwbeihPIMyDESeGbQ%3D&skn=registration&se=1893456000"},
    {"python",
     "SharedAccessSignature sr=0ne00ABCDEF%2Fregistrations%2Fedge-device-01"
     "&sig=ZZj0vSHGw%2F9Se7exyvNB%2BVKaIN%2BjlwsbUykMBurSwSI%3D&se=1893456000"},
    {"c",
     "SharedAccessSignature sr=0ne00ABCDEF%2fregistrations%2fedge-device-01"
     "&sig=gW1SDWmuhsj7DPkVWXUVFgNrF9mOIg7kV8Ao9iyoW44%3d&se=1893456000&skn=registration"},
    {"csharp",
     "SharedAccessSignature sr=0ne00ABCDEF%2Fregistrations%2Fedge-device-01"
     "&sig=ZZj0vSHGw%2F9Se7exyvNB%2BVKaIN%2BjlwsbUykMBurSwSI%3D&se=1893456000&skn=registration"},
    {"java",
     "SharedAccessSignature sr=0ne00ABCDEF/registrations/edge-device-01"
     "&sig=0XiwVc7qOjgxiTFLEfTLViqf6ZCwbeihPIMyDESeGbQ%3D&se=1893456000&skn="},
};

TEST(Token, of_each_family_is_that_of_the_sheet) {
  const std::string key = derive_key(group_key, "edge-device-01");
  for (const Row& row : group_tokens) {
    const TokenShape& shape = find_family(row.family)->token;
    EXPECT_EQ(make_token(shape, "0ne00ABCDEF", "edge-device-01", key, vector_se - shape.lifetime), row.token);
  }
}

TEST(Token, of_embedded_c_mixes_the_case_of_its_escapes) {
  const TokenShape& shape = find_family("embedded-c")->token;
  EXPECT_EQ(make_token(shape, "0ne00ABCDEF", "line:7_a.b-09", individual_key, vector_se - shape.lifetime),
            "SharedAccessSignature sr=0ne00ABCDEF%2fregistrations%2fline%3A7_a.b-09"
            "&sig=XR2Fts0jAzO3Q8p0BBMFpwKzL2owqdAFAsWFNOOTs6U%3D&se=1893456000");
}

TEST(Token, lowered_is_that_of_the_identity_service) {
  TokenShape shape{SrStyle::lowered, false, false, "registration", 30};
  const std::string key = derive_key(group_key, "edge-device-01");
  EXPECT_NE(make_token(shape, "0ne00ABCDEF", "edge-device-01", key, vector_se - 30)
                .find("sr=0ne00abcdef/registrations/"
                      "edge-device-01&sig=fi672Imza1SiXveRnSpSBLYG55QjLJnWi5Tz%2FcgNMHg%3D"),
            std::string::npos);
}

TEST(RegisterBody, has_the_quirks_of_each_family) {
  const json payload{{"a", 1}};
  const auto body = [&](const char* family, const json& p) {
    return register_body(*find_family(family), "d", p);
  };
  EXPECT_EQ(body("python", nullptr), R"({"payload":null,"registrationId":"d"})");
  EXPECT_EQ(body("csharp", nullptr), "");
  EXPECT_EQ(body("csharp", payload), R"({"payload":{"a":1}})");
  EXPECT_EQ(body("java", payload), R"({"payload":"{\"a\":1}","registrationId":"d"})");
  EXPECT_EQ(body("node", nullptr), R"({"registrationId":"d"})");
  EXPECT_EQ(body("c", payload), R"({"payload":{"a":1},"registrationId":"d"})");
}

TEST(PollDelay, follows_each_family) {
  const auto delay = [](const char* family, bool first, std::optional<long> retry_after, int before = 0) {
    return poll_delay_ms(*find_family(family), first, retry_after, before, 0.0);
  };
  EXPECT_EQ(delay("node", true, 7), 7000);
  EXPECT_EQ(delay("node", true, {}), 2000);
  EXPECT_EQ(delay("python", true, 7), 2000);
  EXPECT_EQ(delay("python", false, 7), 7000);
  EXPECT_EQ(delay("c", true, {}), 1000);
  EXPECT_EQ(delay("c", false, {}, 3000), 3000);
  EXPECT_EQ(delay("c", false, 301, 3000), 1000);
  EXPECT_EQ(delay("csharp", true, 1), 2000);
  EXPECT_EQ(poll_delay_ms(*find_family("csharp"), true, 3, 0, 1.0), 8000);
  EXPECT_EQ(delay("java", true, 5), 5000);
  EXPECT_EQ(delay("java", true, 6), 2000);
  EXPECT_EQ(delay("embedded-c", true, 4), 4000);
  EXPECT_EQ(delay("embedded-c", true, {}), 1000);
}

TEST(Retry, is_decided_by_family_and_status) {
  EXPECT_TRUE(retries(*find_family("c"), 429));
  EXPECT_TRUE(retries(*find_family("node"), 503));
  EXPECT_FALSE(retries(*find_family("python"), 401));
  EXPECT_FALSE(retries(*find_family("csharp"), 429));
  EXPECT_FALSE(retries(*find_family("java"), 500));
  EXPECT_TRUE(retries(*find_family("embedded-c"), 500));
  EXPECT_FALSE(retries(*find_family("embedded-c"), 503));
}

}  // namespace
}  // namespace leafgate::leaf
