#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace leafgate::status {

// Text from anywhere as HTML text or attribute value: markup characters as references; what is not UTF-8 as
// \xNN; and what would move, hide or turn round the text beside it (control characters, directional
// overrides, characters without width) as \u{NNNN}, so that it is seen.
[[nodiscard]] std::string html_escaped(std::string_view text);

// A page under construction. Markup is what stands in the program; everything else goes through text().
class Html {
 public:
  Html& raw(std::string_view markup) {
    out_ += markup;
    return *this;
  }
  Html& text(std::string_view any) {
    out_ += html_escaped(any);
    return *this;
  }
  Html& number(std::uint64_t value);  // digits in groups of three, so that people can read them
  // <td class="kind">text</td>
  Html& cell(std::string_view any, std::string_view kind = {});
  Html& number_cell(std::uint64_t value);
  // A word with a mark in the colour of `kind`: "good", "warn", "bad" or "quiet".
  Html& state(std::string_view kind, std::string_view word);

  [[nodiscard]] const std::string& str() const { return out_; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// A table that scrolls by itself where the page is narrow. `columns` is "|id|label|#age": a '#' before those
// that hold numbers.
void begin_table(Html& html, std::string_view caption, std::string_view columns, std::string_view id = {});
void end_table(Html& html);

// "412", "12,345".
[[nodiscard]] std::string grouped(std::uint64_t value);

}  // namespace leafgate::status
