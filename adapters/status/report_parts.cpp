#include "adapters/status/report_parts.hpp"

#include <algorithm>

namespace leafgate::status {

void begin_section(Html& html, std::string_view id, std::string_view title) {
  html.raw("<section id=")
      .raw(id)
      .raw(" aria-labelledby=\"h-")
      .raw(id)
      .raw("\"><h2 id=\"h-")
      .raw(id)
      .raw("\">");
  html.raw(title).raw("</h2>\n");
}

void end_section(Html& html) { html.raw("</section>\n"); }

std::string moment_text(WallTime at) {
  std::string out = to_rfc3339(at).substr(0, 19);
  std::replace(out.begin(), out.end(), 'T', ' ');
  return out;
}

void put_moment(Html& html, WallTime at) {
  if (at == WallTime{}) {
    html.raw("<span class=quiet>\u2013</span>");
    return;
  }
  const std::string text = to_rfc3339(at);
  html.raw("<time class=w datetime=\"")
      .raw(text.substr(0, 19))
      .raw("Z\">")
      .raw(moment_text(at))
      .raw("</time>");
}

std::string span_words(Millis span) {
  const std::int64_t s = std::max<std::int64_t>(0, span.count() / 1000);
  const auto words = [](std::int64_t n, const char* one, const char* many) {
    return grouped(static_cast<std::uint64_t>(n)) + " " + (n == 1 ? one : many);
  };
  if (s < 120) return words(s, "s", "s");
  if (s < 120 * 60) return words(s / 60, "min", "min");
  if (s < 48 * 3600) return words(s / 3600, "h", "h");
  return words(s / 86'400, "day", "days");
}

void put_reason_cell(Html& html, Reason reason) {
  if (reason == Reason::none)
    html.raw("<td class=quiet>\u2013</td>");
  else
    html.cell(code(reason), "w");
}

void put_rest(Html& html, std::size_t shown, std::size_t all, std::string_view how) {
  if (all <= shown) return;
  html.raw("<p class=lead>And ").number(all - shown).raw(" more: <code>").text(how).raw("</code></p>\n");
}

}  // namespace leafgate::status
