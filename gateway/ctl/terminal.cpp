#include "gateway/ctl/terminal.hpp"

#include <algorithm>

#include "adapters/wire/rfc3339.hpp"
#include "gateway/model/utf8.hpp"

namespace leafgate::ctl {

namespace {

bool may_show_utf8 = true;

// The next piece of a text that stays whole, as it is shown.
struct Piece {
  std::string shown;
  std::size_t columns = 0;
  std::size_t octets = 0;
};

Piece piece_at(std::string_view text, std::size_t at, bool utf8) {
  const CodePoint here = code_point_at(text, at);
  Piece out;
  out.octets = std::max<std::size_t>(1, here.octets);
  if (here.octets == 0) {
    out.shown = named_octet(text[at]);
  } else if (is_unseen(here.value) || (!utf8 && here.value >= 0x80)) {
    out.shown = named_point(here.value);
  } else {
    out.shown = text.substr(at, here.octets);
    out.columns = columns_of(here.value);
    return out;
  }
  out.columns = out.shown.size();
  return out;
}

std::string filled(Fitted what, std::size_t width) {
  if (what.columns < width) what.text.append(width - what.columns, ' ');
  return std::move(what.text);
}

// The last of a shown text, at most `width` columns of it.
std::string_view last_of(const Fitted& shown, std::size_t width) {
  std::size_t cut = 0;
  for (std::size_t left = shown.columns; left > width;) {
    const CodePoint first = code_point_at(shown.text, cut);
    cut += first.octets;
    left -= columns_of(first.value);
  }
  return std::string_view(shown.text).substr(cut);
}

// How many octets of a shown text stand in `room` columns; at least a letter, so that it comes to an end.
std::size_t octets_in(std::string_view shown, std::size_t room) {
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < shown.size()) {
    const CodePoint here = code_point_at(shown, at);
    used += columns_of(here.value);
    if (used > room && at > 0) break;
    at += here.octets;
  }
  return at;
}

}  // namespace

Fitted fitted(std::string_view text, std::size_t width, bool utf8) {
  Fitted out;
  Fitted before_last;  // as it was when one more column was still free: room for the '~'
  for (std::size_t at = 0; at < text.size();) {
    const Piece piece = piece_at(text, at, utf8);
    if (out.columns + piece.columns > width) {
      if (width == 0) return {};
      before_last.text += '~';
      ++before_last.columns;
      return before_last;
    }
    out.text += piece.shown;
    out.columns += piece.columns;
    if (out.columns < width) before_last = out;
    at += piece.octets;
  }
  return out;
}

void show_utf8(bool on) { may_show_utf8 = on; }

std::string visible(std::string_view text) {
  return fitted(text, std::string_view::npos, may_show_utf8).text;
}

std::size_t width_of(std::string_view text) {
  return fitted(text, std::string_view::npos, may_show_utf8).columns;
}

std::string cell(std::string_view text, std::size_t width) { return fitted(text, width, may_show_utf8).text; }

std::string padded(std::string_view text, std::size_t width) {
  return filled(fitted(text, width, may_show_utf8), width);
}

std::string end_cell(std::string_view text, std::size_t width) {
  const Fitted all = fitted(text, std::string_view::npos, may_show_utf8);
  return all.columns <= width ? all.text : ".." + std::string(last_of(all, width - 2));
}

std::string middle_cell(std::string_view text, std::size_t width) {
  const Fitted all = fitted(text, std::string_view::npos, may_show_utf8);
  if (all.columns <= width || width < 3) return cell(text, width);
  const std::size_t first = (width - 1) / 3;
  // A letter may want two columns where one is left.
  std::string_view begin(all.text);
  begin = begin.substr(0, octets_in(begin, first));
  if (width_of(begin) > first) begin = {};
  return std::string(begin) + "~" + std::string(last_of(all, width - 1 - first));
}

std::string labelled(std::string_view label, std::string_view text) {
  return "  " + padded(label, status_label_width) + std::string(text) + "\n";
}

std::string paragraph(std::string_view text, std::size_t indent) {
  const std::string safe = visible(text);
  const std::string margin(indent, ' ');
  const std::size_t room = columns - indent;
  std::string out;
  std::string_view rest = safe;
  while (!rest.empty()) {
    std::size_t end = octets_in(rest, room);
    if (end < rest.size()) {
      const std::size_t blank = rest.rfind(' ', end);
      if (blank != std::string_view::npos && blank != 0) end = blank;
    }
    out.append(margin).append(rest.substr(0, end)).append("\n");
    rest.remove_prefix(end);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  return out;
}

std::vector<std::size_t> column_widths(const std::vector<ColumnNeed>& needs, std::size_t room) {
  std::vector<std::size_t> out;
  std::size_t sum = 0;
  for (const ColumnNeed& need : needs) {
    out.push_back(std::max(need.wanted, need.least));
    sum += out.back();
  }
  const auto shrink = [&](std::size_t ColumnNeed::*floor) {
    for (; sum > room; --sum) {
      std::size_t* widest = nullptr;
      for (std::size_t i = 0; i < out.size(); ++i)
        if (out[i] > needs[i].*floor && (widest == nullptr || out[i] > *widest)) widest = &out[i];
      if (widest == nullptr) return;
      --*widest;
    }
  };
  shrink(&ColumnNeed::yields_to);
  shrink(&ColumnNeed::least);
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
