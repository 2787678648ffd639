#include "gateway/ctl/terminal.hpp"

#include <gtest/gtest.h>

namespace leafgate::ctl::terminal_test {
namespace {

using namespace std::chrono_literals;

TEST(Terminal, never_lets_what_a_leaf_said_move_the_cursor) {
  EXPECT_EQ(cell("a\x1b[2Jb\r\n", 40).find_first_of("\x1b\r\n"), std::string::npos);
  EXPECT_EQ(paragraph("x\ny\tz", 2).find('\t'), std::string::npos);
}

TEST(Terminal, cuts_and_fills_cells) {
  EXPECT_EQ(cell("abcdef", 4), "abc~");
  EXPECT_EQ(cell("abcd", 4), "abcd");
  EXPECT_EQ(padded("ab", 4), "ab  ");
  EXPECT_EQ(cell("\x01\x02", 8), "\\u{1}~");
  EXPECT_EQ(end_cell("abcdef", 4), "..ef");
  EXPECT_EQ(middle_cell("line-a.press-0001", 11), "lin~ss-0001");
  EXPECT_EQ(middle_cell("line-a", 6), "line-a");
}

TEST(Terminal, counts_columns_and_not_octets) {
  EXPECT_EQ(padded("T\u00fcr", 5), "T\u00fcr  ");
  EXPECT_EQ(padded("\u538b\u529b\u673a", 5), "\u538b\u529b~");
  EXPECT_EQ(end_cell("\u538b\u529b\u673a", 5), "..\u673a");
  EXPECT_EQ(middle_cell("\u538b\u529b\u673a\u538b", 6), "~\u673a\u538b");
  EXPECT_EQ(width_of("T\u00fcr"), 3U);
  std::string words;
  for (int i = 0; i < 20; ++i) words += "T\u00fcren ";
  const std::string text = paragraph(words, 0);
  EXPECT_EQ(width_of(text.substr(0, text.find('\n'))), 77U) << "13 words of 5 letters";
  EXPECT_EQ(paragraph(std::string(200, 'x'), 78).substr(0, 81), std::string(78, ' ') + "xx\n");
}

TEST(Terminal, names_what_whoever_reads_cannot_be_shown) {
  show_utf8(false);
  const std::string ascii = padded("T\u00fcr", 10) + visible("\u538b");
  show_utf8(true);
  EXPECT_EQ(ascii, "T\\u{fc}r  \\u{538b}");
  EXPECT_EQ(visible("\u202e\xff\"\\"), "\\u{202e}\\xff\"\\") << "quotes are what they are";
}

TEST(Terminal, gives_columns_what_they_want_and_takes_it_from_the_widest) {
  using Widths = std::vector<std::size_t>;
  EXPECT_EQ(column_widths({{10, 4}, {20, 4}}, 40), (Widths{10, 20}));
  EXPECT_EQ(column_widths({{2, 4}, {20, 4}}, 14), (Widths{4, 10}));
  EXPECT_EQ(column_widths({{30, 4}, {30, 10}}, 10), (Widths{4, 10})) << "none below its least";
  EXPECT_EQ(column_widths({{30, 4}, {40, 4, 8}}, 50), (Widths{30, 20})) << "the second yields";
  EXPECT_EQ(column_widths({{30, 4}, {40, 4, 8}}, 20), (Widths{12, 8})) << "so far and no further";
}

TEST(Terminal, breaks_paragraphs_at_blanks_within_80_columns) {
  std::string words;
  for (int i = 0; i < 60; ++i) words += "word" + std::to_string(i) + " ";
  std::size_t begin = 0;
  const std::string text = paragraph(words + std::string(200, 'x'), 4);
  while (begin < text.size()) {
    const std::size_t end = text.find('\n', begin);
    EXPECT_LE(end - begin, columns);
    EXPECT_EQ(text.substr(begin, 4), "    ");
    EXPECT_NE(text[begin + 4], ' ');
    begin = end + 1;
  }
}

TEST(Terminal, says_ages_as_people_do) {
  const WallTime now = parse_time("2026-03-01T12:00:00.0000000Z").value();
  EXPECT_EQ(ago("2026-03-01T11:59:59.5000000Z", now), "just now");
  EXPECT_EQ(ago("2026-03-01T11:59:18.0000000Z", now), "42 s ago");
  EXPECT_EQ(ago("2026-03-01T11:57:00.0000000Z", now), "3 min ago");
  EXPECT_EQ(ago("2026-02-28T12:00:00Z", now), "24 h ago");
  EXPECT_EQ(ago("2026-02-01T12:00:00Z", now), "28 days ago");
  EXPECT_EQ(ago("2027-01-01T00:00:00Z", now), "later than now");
  EXPECT_EQ(ago("", now), "never");
}

TEST(Terminal, reads_only_times_in_utc) {
  EXPECT_EQ(to_rfc3339(parse_time("2024-02-29T23:59:58.0000000Z").value()), "2024-02-29T23:59:58.0000000Z");
  for (const char* text : {"", "2023-02-29T00:00:00Z", "2023-01-01", "2023-01-01T00:00:00+01:00", "x"})
    EXPECT_FALSE(parse_time(text).has_value()) << text;
}

TEST(Terminal, paints_only_when_asked_to) {
  EXPECT_EQ(Paint(false).bad("x"), "x");
  EXPECT_EQ(Paint(true).bad("x"), "\x1b[31mx\x1b[0m");
}

}  // namespace
}  // namespace leafgate::ctl::terminal_test
