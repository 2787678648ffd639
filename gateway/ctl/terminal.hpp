#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/time.hpp"

// What people read: text of 80 columns, in which nothing that a leaf said can move the cursor.
namespace leafgate::ctl {

constexpr std::size_t columns = 80;

// Colours, where the output is a terminal.
class Paint {
 public:
  explicit Paint(bool on) : on_(on) {}
  [[nodiscard]] std::string good(std::string_view text) const { return wrap("\x1b[32m", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return wrap("\x1b[31m", text); }
  [[nodiscard]] std::string warn(std::string_view text) const { return wrap("\x1b[33m", text); }
  [[nodiscard]] std::string quiet(std::string_view text) const { return wrap("\x1b[2m", text); }
  [[nodiscard]] std::string bold(std::string_view text) const { return wrap("\x1b[1m", text); }

 private:
  [[nodiscard]] std::string wrap(std::string_view code, std::string_view text) const {
    return on_ ? std::string(code).append(text).append("\x1b[0m") : std::string(text);
  }
  bool on_;
};

// Escaped, and cut to `width` columns with a '~' at its end.
[[nodiscard]] std::string cell(std::string_view text, std::size_t width);
// `cell`, filled up with blanks.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);
// Escaped, and cut to `width` columns (at least 2) at its beginning: where the end says most.
[[nodiscard]] std::string end_cell(std::string_view text, std::size_t width);

// Escaped and broken at blanks into lines of 80 columns; every line begins with `indent` blanks.
[[nodiscard]] std::string paragraph(std::string_view text, std::size_t indent);

// "12 s", "3 min", "5 h", "4 days": the largest unit, as people say it.
[[nodiscard]] std::string span_text(Seconds span);
// "3 min ago", "just now"; "never" when `at` is no time.
[[nodiscard]] std::string ago(std::string_view rfc3339, WallTime now);
// "for 3 min": how long it has been so; empty when `since` is no time.
[[nodiscard]] std::string lasting(std::string_view since_rfc3339, WallTime now);
// A time as the daemon writes it. Errors: malformed.
Result<WallTime> parse_time(std::string_view rfc3339);

// "1 leaf", "3 leaves".
[[nodiscard]] std::string counted(std::int64_t n, std::string_view one, std::string_view many);

}  // namespace leafgate::ctl
