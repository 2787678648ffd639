#include "adapters/wire/json_text.hpp"

#include <gtest/gtest.h>

namespace leafgate::wire::json::json_text_test {
namespace {

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']');
}

TEST(Checked, GivesTheDocumentWithoutWhatSurroundsIt) {
  EXPECT_EQ(*checked("{}"), "{}");
  EXPECT_EQ(*checked(" \t\r\n[1] \n"), "[1]");
  EXPECT_EQ(*checked("\xef\xbb\xbf{\"a\":1}"), "{\"a\":1}");
}

TEST(Checked, RefusesWhatIsNotJson) {
  using namespace std::string_view_literals;
  for (const auto text :
       {""sv,        " "sv,       "{"sv,           "}"sv,           "{}{}"sv,      "{},"sv,
        "{'a':1}"sv, "{a:1}"sv,   "{\"a\":1,}"sv,  "[1,]"sv,        "nul"sv,       "NaN"sv,
        "+1"sv,      "01"sv,      "1."sv,          "// c\n{}"sv,    "/* c */{}"sv, "\"a"sv,
        "\"\n\""sv,  "\"\\x\""sv, "\"\\u12\""sv,   "\"\\ud800\""sv, "\"\xff\""sv,  "\"\xc0\x80\""sv,
        "{}\0"sv,    "{}\0{}"sv,  "{\"a\0\":1}"sv, "1e999"sv,       "<html>"sv})
    EXPECT_FALSE(checked(text)) << text;
}

TEST(Checked, NeverRepeatsTheTextInItsError) {
  const auto result = checked("\n{\n\"primaryKey\": \"c2VjcmV0\" x}");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().detail, "not JSON at line 3, column 26");
  EXPECT_EQ(checked("").error().detail, "not JSON at line 1, column 1");
  EXPECT_EQ(checked("{}\n{}").error().detail, "not JSON at line 2, column 1");
  EXPECT_EQ(checked(std::string_view("{}\0", 3)).error().detail, "not JSON at line 1, column 3");
}

TEST(Checked, BoundsSizeAndDepth) {
  EXPECT_TRUE(checked(nested(16)));
  EXPECT_FALSE(checked(nested(17)));
  EXPECT_FALSE(checked(nested(40'000)));
  EXPECT_TRUE(checked('"' + std::string(96 * 1024 - 2, 'x') + '"'));
  const auto large = checked('"' + std::string(96 * 1024 - 1, 'x') + '"');
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Errc::too_large);
}

TEST(Members, AreSlicesInTheirOrder) {
  const auto found =
      members(R"({ "a" : 1 , "b\u002e" : { "c" : [ "}", "\"]" ] } ,"d":"x,y", "e": [] ,"f":null})");
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 5U);
  EXPECT_EQ((*found)[0].name, "a");
  EXPECT_EQ((*found)[0].value, "1");
  EXPECT_EQ((*found)[1].name, "b.");
  EXPECT_EQ((*found)[1].value, R"({ "c" : [ "}", "\"]" ] })");
  EXPECT_EQ((*found)[2].value, "\"x,y\"");
  EXPECT_EQ((*found)[3].value, "[]");
  EXPECT_EQ(*find(*found, "d"), "\"x,y\"");
  EXPECT_FALSE(find(*found, "f"));
  EXPECT_FALSE(find(*found, "g"));
}

TEST(Members, OfAnEmptyObjectAreNone) {
  EXPECT_TRUE(members("{}")->empty());
  EXPECT_TRUE(members("{ \n }")->empty());
  EXPECT_FALSE(members("[]"));
  EXPECT_FALSE(members("\"{}\""));
}

TEST(Members, RefuseANameThatStandsTwiceAlsoWhenEscaped) {
  EXPECT_FALSE(members(R"({"a":1,"a":2})"));
  EXPECT_FALSE(members(R"({"a":1,"b":2,"\u0061":2})"));
  EXPECT_TRUE(members(R"({"a":{"a":1},"A":2})"));
}

TEST(Elements, AreSlicesInTheirOrder) {
  const auto found = elements(R"([1, "a,b" ,{"x":[2,3]},[ ] , null])");
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, (std::vector<std::string_view>{"1", "\"a,b\"", "{\"x\":[2,3]}", "[ ]", "null"}));
  EXPECT_TRUE(elements("[ ]")->empty());
  EXPECT_FALSE(elements("{}"));
}

TEST(TextOf, Unescapes) {
  EXPECT_EQ(*text_of(R"("plain")"), "plain");
  EXPECT_EQ(*text_of(R"("a\"\\\/\n\u00e4\ud83d\ude00")"), "a\"\\/\n\xc3\xa4\xf0\x9f\x98\x80");
  EXPECT_FALSE(text_of("1"));
}

TEST(IntegerOf, TakesWholeNumbersOf32Bits) {
  EXPECT_EQ(*integer_of("401002"), 401002);
  EXPECT_EQ(*integer_of("-1"), -1);
  for (const char* text : {"4.0", "4e5", "2147483648", "\"4\"", "null", "true"})
    EXPECT_FALSE(integer_of(text)) << text;
}

TEST(Quoted, EscapesAndReplacesWhatIsNotUtf8) {
  EXPECT_EQ(quoted("a\"\\\n\x01/"), R"("a\"\\\n\u0001/")");
  EXPECT_EQ(quoted("a\xff"), "\"a\xef\xbf\xbd\"");
  EXPECT_EQ(quoted(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(Quoted, IsReadAgainAsItWas) {
  for (char c = 1; c != '\x7f'; ++c) {
    const std::string text = std::string("a") + c + "b\x7f";
    EXPECT_EQ(text_of(json::quoted(text)).value(), text) << static_cast<int>(c);
  }
}

TEST(Compacted, LeavesStringsAlone) {
  EXPECT_EQ(compacted("{ \"a b\" : [ 1 ,\n\"x \\\" y\" ] }"), "{\"a b\":[1,\"x \\\" y\"]}");
}

TEST(ObjectWriter, WritesMembersInTheirOrder) {
  EXPECT_EQ(ObjectWriter().str(), "{}");
  EXPECT_EQ(ObjectWriter().text("a", "\"").number("b", -3).raw("c", "[1]").str(),
            R"({"a":"\"","b":-3,"c":[1]})");
}

}  // namespace
}  // namespace leafgate::wire::json::json_text_test
