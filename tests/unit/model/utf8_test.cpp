#include "gateway/model/utf8.hpp"

#include <gtest/gtest.h>

namespace leafgate::utf8_test {
namespace {

TEST(Utf8, takes_the_shortest_forms_of_code_points_and_nothing_else) {
  struct Row {
    std::string text;
    std::uint32_t value;
    std::size_t octets;
  };
  for (const Row& row : std::initializer_list<Row>{{"a", 'a', 1},
                                                   {"\xc3\xa9", 0xe9, 2},
                                                   {"\xe2\x82\xac", 0x20ac, 3},
                                                   {"\xf0\x9f\x98\x80", 0x1f600, 4},
                                                   {"\xc0\x80", 0, 0},          // a long form
                                                   {"\xe0\x80\x80", 0, 0},      // another
                                                   {"\xed\xa0\x80", 0, 0},      // half of a surrogate pair
                                                   {"\xf4\x90\x80\x80", 0, 0},  // beyond the last
                                                   {"\xe2\x82", 0, 0},          // cut
                                                   {"\x80", 0, 0},
                                                   {"\xff", 0, 0}}) {
    const CodePoint got = code_point_at(row.text, 0);
    EXPECT_EQ(got.value, row.value) << named_octet(row.text[0]);
    EXPECT_EQ(got.octets, row.octets) << named_octet(row.text[0]);
  }
}

TEST(Utf8, knows_what_nobody_sees_and_how_wide_the_rest_is) {
  for (const std::uint32_t point : {0U, 0x1bU, 0x7fU, 0x9bU, 0x200bU, 0x202eU, 0x2067U, 0xfeffU, 0xe0001U})
    EXPECT_TRUE(is_unseen(point)) << named_point(point);
  for (const std::uint32_t point : {0x20U, 0x7eU, 0xe9U, 0x5d0U, 0x4e2dU, 0x1f600U})
    EXPECT_FALSE(is_unseen(point)) << named_point(point);
  EXPECT_EQ(columns_of('a'), 1U);
  EXPECT_EQ(columns_of(0x301), 0U);
  EXPECT_EQ(columns_of(0x4e2d), 2U);
  EXPECT_EQ(columns_of(0x2588), 1U);
  EXPECT_EQ(named_point(0x202e), "\\u{202e}");
  EXPECT_EQ(named_octet('\xff'), "\\xff");
}

}  // namespace
}  // namespace leafgate::utf8_test
