#include "adapters/status/html.hpp"

#include <random>

#include <gtest/gtest.h>

#include "gateway/model/utf8.hpp"

namespace leafgate::status::html_test {
namespace {

TEST(Html, lets_no_text_be_markup_nor_move_what_stands_beside_it) {
  struct Row {
    std::string text;
    std::string escaped;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"press-01", "press-01"},
           {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
           {"\" onload='x'", "&quot; onload=&#39;x&#39;"},
           {"a&b", "a&amp;b"},
           {"caf\xc3\xa9", "caf\xc3\xa9"},
           {"caf\xe9", "caf\\xe9"},
           {"two\nlines\tand\r", "two\\u{a}lines\\u{9}and\\u{d}"},
           {std::string("nul\0!", 5), "nul\\u{0}!"},
           {"\x1b[31mred", "\\u{1b}[31mred"},
           {"left\xe2\x80\xaeright", "left\\u{202e}right"},  // RIGHT-TO-LEFT OVERRIDE
           {"\xe2\x81\xa7isolated", "\\u{2067}isolated"},    // RIGHT-TO-LEFT ISOLATE
           {"zero\xe2\x80\x8bwidth", "zero\\u{200b}width"},
           {"\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d"},  // Hebrew is text
           {"\xc0\xbcscript>", "\\xc0\\xbcscript&gt;"},                               // '<' in a long form
           {"cut\xe2\x80", "cut\\xe2\\x80"}})
    EXPECT_EQ(html_escaped(row.text), row.escaped);
}

TEST(Html, escapes_whatever_octets_come) {
  std::mt19937 chance(11);
  for (int round = 0; round < 5000; ++round) {
    std::string text(chance() % 40, '\0');
    for (char& octet : text) {
      const char any = static_cast<char>(chance());
      octet = chance() % 4 == 0 ? "<>&\"'\xe2\x80\xae"[chance() % 8] : any;
    }
    const std::string safe = html_escaped(text);
    EXPECT_EQ(safe.find_first_of("<>\"'"), std::string::npos);
    for (std::size_t at = 0; at < safe.size();) {
      const CodePoint here = code_point_at(safe, at);
      ASSERT_GT(here.octets, 0U) << "no valid UTF-8";
      EXPECT_FALSE(is_unseen(here.value));
      at += here.octets;
    }
  }
}

TEST(Html, groups_digits_and_builds_tables) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  Html html;
  begin_table(html, "a <caption>", "|id|#count");
  html.raw("<tr>").cell("x<y", "id").number_cell(1000).raw("</tr>");
  end_table(html);
  EXPECT_NE(html.str().find("<caption>a &lt;caption&gt;</caption>"), std::string::npos);
  EXPECT_NE(html.str().find("<th scope=col>id</th><th scope=col class=num>count</th>"), std::string::npos);
  EXPECT_NE(html.str().find("<td class=id>x&lt;y</td><td class=num>1,000</td>"), std::string::npos);
}

}  // namespace
}  // namespace leafgate::status::html_test
