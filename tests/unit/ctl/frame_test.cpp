#include "gateway/ctl/frame.hpp"

#include <gtest/gtest.h>

namespace leafgate::ctl::frame_test {
namespace {

TEST(Frame, fits_text_by_the_columns_it_takes) {
  struct Row {
    const char* text;
    std::size_t width;
    bool utf8;
    const char* shown;
    std::size_t wide;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"press-01", 8, true, "press-01", 8},
           {"press-01", 7, true, "press-~", 7},
           {"press-01", 1, true, "~", 1},
           {"press-01", 0, true, "", 0},
           {"caf\xc3\xa9 noir", 5, true, "caf\xc3\xa9~", 5},
           {"cafe\xcc\x81!", 5, true, "cafe\xcc\x81!", 5},                        // a combining accent
           {"\xe5\xb7\xa5\xe5\xa0\xb4", 4, true, "\xe5\xb7\xa5\xe5\xa0\xb4", 4},  // two wide ones
           {"\xe5\xb7\xa5\xe5\xa0\xb4", 3, true, "\xe5\xb7\xa5~", 3},
           {"\xe5\xb7\xa5\xe5\xa0\xb4", 2, true, "~", 1},
           {"a\x1b[2J", 20, true, "a\\u{1b}[2J", 10},
           {"\xff", 20, true, "\\xff", 4},
           {"\xe2\x80\xaex", 20, true, "\\u{202e}x", 9},
           {"\xc3\xa9", 20, false, "\\u{e9}", 6},
           {"\xff", 3, true, "~", 1}}) {
    const Fitted got = fitted(row.text, row.width, row.utf8);
    EXPECT_EQ(got.text, row.shown);
    EXPECT_EQ(got.columns, row.wide) << row.shown;
    EXPECT_LE(got.columns, row.width);
  }
}

TEST(Frame, builds_a_line_that_is_never_too_long) {
  FrameLook look;
  look.columns = 20;
  EXPECT_EQ(FrameLine(look).field("ab", 5).add("cd").at_end("ef").str(), "ab    cd          ef");
  EXPECT_EQ(FrameLine(look).field("abcdefgh", 5).add("x").str(), "abcd~ x");
  EXPECT_EQ(FrameLine(look).add("0123456789012345").at_end("abcdefgh").str(), "0123456789012345abc~");
  EXPECT_EQ(FrameLine(look).add("01234567890123456789").add("more").str(), "01234567890123456789");
  look.paint = Paint(true);
  EXPECT_EQ(FrameLine(look).add("ab", Ink::bad).add("").str(), "\x1b[31mab\x1b[0m");
}

TEST(Frame, draws_the_highest_value_full_and_nothing_as_seen) {
  EXPECT_EQ(sparkline({0, 1, 4, 8}, 6, true), "  \u00b7\u2581\u2584\u2588");
  EXPECT_EQ(sparkline({0, 1, 4, 8}, 6, false), "  _.=@");
  EXPECT_EQ(sparkline({5, 0, 1, 4, 8}, 4, false), "_.=@") << "the newest stay";
  EXPECT_EQ(sparkline({0.001, 1000}, 2, false), ".@") << "a little is more than nothing";
  EXPECT_EQ(sparkline({}, 3, true), "   ");
}

}  // namespace
}  // namespace leafgate::ctl::frame_test
