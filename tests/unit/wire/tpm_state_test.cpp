#include "adapters/wire/tpm_state.hpp"

#include <gtest/gtest.h>

#include "adapters/wire/dps_json.hpp"

namespace leafgate::wire::tpm_state_test {
namespace {

struct Row {
  std::string with;
  std::string without;
  std::string key;
};

// Values that a parsed tree would not keep: they must come out as they went in.
TEST(TpmKeyOfAState, IsTakenOutAndPutBackOctetForOctet) {
  const Row rows[] = {
      {R"({"tpm":{"authenticationKey":"ADQA"}})", R"({"tpm":{}})", "ADQA"},
      {R"({"registrationId":"a","tpm":{"authenticationKey":"ADQA"},"n":1.10e+5})",
       R"({"registrationId":"a","tpm":{},"n":1.10e+5})", "ADQA"},
      {R"({ "x" : "\u00e4" , "tpm" : {"new":[1, 2],"authenticationKey":"+/=="} })",
       R"({ "x" : "\u00e4" , "tpm" : {"new":[1, 2]} })", "+/=="},
      {"{\"tpm\":{ \t \"authenticationKey\":\"K\"}}", "{\"tpm\":{ \t }}", "K"},
      {"{\"tpm\":{\"a\":1 \n,\"authenticationKey\":\"K\"}}", "{\"tpm\":{\"a\":1 \n}}", "K"},
      {R"({"tpm":{}})", R"({"tpm":{}})", ""},
      {R"({"x":{"tpm":{"authenticationKey":"not ours"}}})",
       R"({"x":{"tpm":{"authenticationKey":"not ours"}}})", ""},
  };
  for (const Row& row : rows) {
    const auto split = without_tpm_key(row.with);
    ASSERT_TRUE(split) << row.with;
    EXPECT_EQ(split->key, row.key);
    EXPECT_EQ(split->state, row.without);
    EXPECT_EQ(with_tpm_key(split->state, split->key), row.with);
  }
}

TEST(TpmKeyOfAState, IsFoundWhereverItStands) {
  const auto first = without_tpm_key(R"({"tpm":{ "authenticationKey" : "K" , "b":1,"c":2}})");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->state, R"({"tpm":{  "b":1,"c":2}})");
  const auto middle = without_tpm_key(R"({"tpm":{"a":1,"authenticationKey":"K","c":2}})");
  ASSERT_TRUE(middle);
  EXPECT_EQ(middle->state, R"({"tpm":{"a":1,"c":2}})");
  const auto escaped = without_tpm_key(R"({"t\u0070m":{"authentication\u004bey":"K\/"}})");
  ASSERT_TRUE(escaped);
  EXPECT_EQ(escaped->key, "K/");
  EXPECT_EQ(escaped->state, R"({"t\u0070m":{}})");
}

TEST(TpmKeyOfAState, IsNoneInWhatHasNoneOrCannotBe) {
  EXPECT_EQ(without_tpm_key(R"({"tpm":null})").value().state, R"({"tpm":null})");
  EXPECT_EQ(without_tpm_key(R"({"tpm":{"authenticationKey":null}})").value().key, "");
  for (const char* bad :
       {"", "[]", "null", "{", R"({"tpm":1})", R"({"tpm":{"authenticationKey":1}})",
        R"({"tpm":{"authenticationKey":"a","authenticationKey":"b"}})", R"({"tpm":{},"tpm":{}})"})
    EXPECT_FALSE(without_tpm_key(bad)) << bad;
}

TEST(TpmKeyOfAState, IsAddedOnlyWhereItBelongs) {
  EXPECT_EQ(with_tpm_key("{}", "K"), R"({"tpm":{"authenticationKey":"K"}})");
  EXPECT_EQ(with_tpm_key(R"({"a":1})", "K"), R"({"a":1,"tpm":{"authenticationKey":"K"}})");
  EXPECT_EQ(with_tpm_key(R"({"tpm":{"b":1},"a":1})", "K"),
            R"({"tpm":{"b":1,"authenticationKey":"K"},"a":1})");
  for (const char* left : {"{}", "x", "[]", ""}) EXPECT_EQ(with_tpm_key(left, ""), left);
  for (const char* left : {"x", "[]", "", R"({"tpm":1})", R"({"tpm":{"authenticationKey":"other"}})"})
    EXPECT_EQ(with_tpm_key(left, "K"), left);
}

// What C, Node, C#, Java and iot-identity-service look for (device protocol sheet §5.4).
TEST(ChallengeBody, HasWhatEverySdkNeedsAndNoStatus) {
  EXPECT_EQ(
      challenge_body("Authorization required", "ADQA+/=="),
      R"({"message":"Authorization required","authenticationKey":"ADQA+/==","keyName":"registration"})");
  const auto read = read_service_body(401, challenge_body("m", "K"));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->authentication_key, "K");
  EXPECT_EQ(read_service_body(403, challenge_body("m", "K"))->authentication_key, "");
  EXPECT_EQ(read_service_body(401, R"({"authenticationKey":1})").error().code, Errc::implausible);
}

}  // namespace
}  // namespace leafgate::wire::tpm_state_test
