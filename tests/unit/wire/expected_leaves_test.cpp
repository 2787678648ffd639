#include "adapters/wire/expected_leaves.hpp"

#include <gmock/gmock.h>

namespace leafgate::wire::expected_leaves_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> mistakes(std::string_view text) {
  return read_expected_leaves(text).mistakes.first();
}

std::vector<ExpectedLeaf> leaves(std::string_view text) {
  const ExpectedLeaves read = read_expected_leaves(text);
  EXPECT_THAT(read.mistakes.first(), testing::IsEmpty());
  return read.leaves;
}

TEST(ExpectedLeavesTest, reads_a_table_of_a_spreadsheet) {
  const auto read = leaves(
      "\xef\xbb\xbfregistrationId,label,place,line,note\r\n"
      "pump-01,Pump 1,192.0.2.7,A,\"behind the door, left\"\r\n"
      "\r\n"
      "press-02,\"Pr\xc3\xa4sse \"\"2\"\"\",line1/5,,\n");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0], (ExpectedLeaf{"pump-01", "Pump 1", "192.0.2.7", "A", "behind the door, left"}));
  EXPECT_EQ(read[1], (ExpectedLeaf{"press-02", "Pr\xc3\xa4sse \"2\"", "line1/5", "", ""}));
}

TEST(ExpectedLeavesTest, columns_stand_in_any_order_and_only_the_id_is_needed) {
  EXPECT_EQ(leaves("LABEL;registrationid\nPump 1;pump-01\n").front().label, "Pump 1");
  EXPECT_EQ(leaves("registrationId\npump-01\n").front().registration_id, "pump-01");
}

TEST(ExpectedLeavesTest, reads_json_in_both_forms) {
  const std::string row = R"({"registrationId":"pump-01","label":"Pump 1","place":"192.0.2.0/24"})";
  const std::string array = "[" + row + "]";
  EXPECT_EQ(leaves(array).front(), (ExpectedLeaf{"pump-01", "Pump 1", "192.0.2.0/24", "", ""}));
  EXPECT_EQ(leaves("{\"expected\":" + array + "}"), leaves(array));
}

struct Bad {
  const char* text;
  const char* told;
};
class ExpectedMistakes : public testing::TestWithParam<Bad> {};

TEST_P(ExpectedMistakes, are_named) {
  EXPECT_THAT(mistakes(GetParam().text), ElementsAre(HasSubstr(GetParam().told)));
  EXPECT_TRUE(read_expected_leaves(GetParam().text).leaves.empty());
}

INSTANTIATE_TEST_SUITE_P(
    table, ExpectedMistakes,
    testing::Values(
        Bad{"", "empty"}, Bad{" \n", "empty"}, Bad{"registrationId\n", "names no leaf"}, Bad{"[]", "no leaf"},
        Bad{"name\npump-01\n", "row 1: column 1 has no name"},
        Bad{"registrationId,registrationId\na,b\n", "row 1: column 2: registrationId is there twice"},
        Bad{"label\nPump 1\n", "row 2: has no registrationId"},
        Bad{"registrationId\n-pump\n", "row 2: registrationId"},
        Bad{"registrationId,label\npump-01\n", "row 2: has 1 cells, the header 2"},
        Bad{"registrationId,label\npump-01,\"x\n", "row 2: a quoted cell has no end"},
        Bad{"registrationId,place\npump-01,192.0.2.300\n", "row 2 (pump-01): place is neither"},
        Bad{"registrationId,place\npump-01,192.0.2.7/24\n", "row 2 (pump-01): place has bits set"},
        Bad{"registrationId,place\npump-01,192.0.2.0/33\n", "its prefix is 0 to 32"},
        Bad{"registrationId,place\npump-01,2001:db8::g\n", "place is neither"},
        Bad{"registrationId,label\npump-01,a\x1b[2J\n", "label holds what cannot be shown"},
        Bad{"registrationId,label\npump-01,\xff\n", "label holds what cannot be shown"},
        Bad{R"([{"registrationId":"a","lable":"x"}])", "row 1: has a member that is not known"},
        Bad{R"([{"registrationId":"a","label":7}])", "row 1: label is no text"},
        Bad{R"(["pump-01"])", "row 1: "}, Bad{R"({"leaves":[]})", "neither an array"},
        Bad{R"([{"registrationId":"a","note":{"x":[[1]]}}])", "deep"}, Bad{"[{]", "JSON"}));

TEST(ExpectedLeavesTest, all_mistakes_are_found_in_one_run) {
  const ExpectedLeaves read = read_expected_leaves(
      "registrationId,label,place\n"
      "pump-01,Pump 1,192.0.2.7\n"
      "PUMP-01,Pump 1,192.0.2.8\n"
      "pump 02,Pump 2,192.0.2.8\n"
      "pump-03," +
      std::string(65, 'x') + ",1.2.3\n");
  EXPECT_THAT(read.mistakes.first(),
              ElementsAre("row 3 (PUMP-01): stands in row 2 too", HasSubstr("row 4: registrationId"),
                          "row 5 (pump-03): label is longer than 64 octets"));
  ASSERT_EQ(read.leaves.size(), 1U);
}

TEST(ExpectedLeavesTest, there_is_a_bound) {
  std::string text = "registrationId\n";
  for (std::size_t i = 0; i < expected_most; ++i) text += "leaf-" + std::to_string(i) + "\n";
  EXPECT_EQ(leaves(text).size(), expected_most);
  EXPECT_THAT(mistakes(text + "one-more\nand-another\n"), ElementsAre(HasSubstr("more than 20000")));
  EXPECT_THAT(mistakes(std::string(8 * 1024 * 1024 + 1, ' ')), ElementsAre(HasSubstr("8 MiB")));
}

}  // namespace
}  // namespace leafgate::wire::expected_leaves_test
