#include "gateway/ctl/terminal.hpp"

#include <algorithm>

#include "adapters/wire/rfc3339.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::ctl {

std::string cell(std::string_view text, std::size_t width) {
  std::string out = log::escape(text);
  if (out.size() <= width) return out;
  out.resize(width);
  if (width > 0) out.back() = '~';
  return out;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out = cell(text, width);
  out.resize(width, ' ');
  return out;
}

std::string end_cell(std::string_view text, std::size_t width) {
  std::string out = log::escape(text);
  if (out.size() > width) out = ".." + out.substr(out.size() - width + 2);
  return out;
}

std::string paragraph(std::string_view text, std::size_t indent) {
  const std::string safe = log::escape(text);
  const std::string margin(indent, ' ');
  const std::size_t room = columns - indent;
  std::string out;
  std::string_view rest = safe;
  while (!rest.empty()) {
    std::size_t end = rest.size();
    if (end > room) {
      end = rest.rfind(' ', room);
      if (end == std::string_view::npos || end == 0) end = room;
    }
    out.append(margin).append(rest.substr(0, end)).append("\n");
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  return out;
}

std::string span_text(Seconds span) {
  const std::int64_t s = span.count();
  if (s < 120) return std::to_string(s) + " s";
  if (s < 120 * 60) return std::to_string(s / 60) + " min";
  if (s < 48 * 3600) return std::to_string(s / 3600) + " h";
  return std::to_string(s / 86'400) + " days";
}

std::string ago(std::string_view rfc3339, WallTime now) {
  const auto at = parse_time(rfc3339);
  if (!at) return "never";
  const auto span = std::chrono::duration_cast<Seconds>(now - *at);
  // The clock may have been set since: a note from the future is no riddle for the reader to solve.
  if (span < Seconds(-60)) return "later than now";
  return span < Seconds(2) ? "just now" : span_text(span) + " ago";
}

std::string lasting(std::string_view since_rfc3339, WallTime now) {
  const auto since = parse_time(since_rfc3339);
  if (!since) return {};
  return "for " + span_text(std::max(Seconds(0), std::chrono::duration_cast<Seconds>(now - *since)));
}

Result<WallTime> parse_time(std::string_view rfc3339) { return wire::parse_rfc3339(rfc3339); }

std::string counted(std::int64_t n, std::string_view one, std::string_view many) {
  return std::to_string(n).append(" ").append(n == 1 ? one : many);
}

}  // namespace leafgate::ctl
