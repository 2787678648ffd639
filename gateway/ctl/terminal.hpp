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

// At most `width` columns of a text that others wrote: what cannot be seen or shown is named ("\u{1b}",
// "\xff"), a cut shows by a '~' at the end.
struct Fitted {
  std::string text;
  std::size_t columns = 0;
};
[[nodiscard]] Fitted fitted(std::string_view text, std::size_t width, bool utf8);

// Whether whoever reads can be shown more than ASCII, for everything below. As a level of the log it is said
// once, by main, before anything is told; until then yes.
void show_utf8(bool on);

// The whole of such a text.
[[nodiscard]] std::string visible(std::string_view text);
// How many columns it takes.
[[nodiscard]] std::size_t width_of(std::string_view text);
// `fitted`.
[[nodiscard]] std::string cell(std::string_view text, std::size_t width);
// `cell`, filled up with blanks.
[[nodiscard]] std::string padded(std::string_view text, std::size_t width);
// Cut to `width` columns (at least 2) at its beginning: where the end says most.
[[nodiscard]] std::string end_cell(std::string_view text, std::size_t width);
// Cut within, where a '~' stands, and more of its end is left: of names that begin alike.
[[nodiscard]] std::string middle_cell(std::string_view text, std::size_t width);

constexpr std::size_t status_label_width = 13;
// A line of what is told item by item.
[[nodiscard]] std::string labelled(std::string_view label, std::string_view text);

// Shown, and broken at blanks into lines of 80 columns; every line begins with `indent` blanks.
[[nodiscard]] std::string paragraph(std::string_view text, std::size_t indent);

// A column of a table: as wide as what stands in it wants, where there is room.
struct ColumnNeed {
  std::size_t wanted;
  std::size_t least;
  std::size_t yields_to = static_cast<std::size_t>(-1);  // so far it gives way before all others
};
// The widths of some columns that share `room`: where they want more, the widest give way first, none below
// its least.
[[nodiscard]] std::vector<std::size_t> column_widths(const std::vector<ColumnNeed>& needs, std::size_t room);

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
