#include "gateway/ctl/frame.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace leafgate::ctl {
namespace {

std::string inked(const Paint& paint, std::string_view text, Ink ink) {
  switch (ink) {
    case Ink::good:
      return paint.good(text);
    case Ink::warn:
      return paint.warn(text);
    case Ink::bad:
      return paint.bad(text);
    case Ink::bold:
      return paint.bold(text);
    case Ink::quiet:
      return paint.quiet(text);
    case Ink::plain:
      break;
  }
  return std::string(text);
}

}  // namespace

void FrameLine::put(const Fitted& what, Ink ink) {
  if (what.text.empty()) return;
  out_ += inked(look_.paint, what.text, ink);
  used_ += what.columns;
}

FrameLine& FrameLine::add(std::string_view text, Ink ink) {
  put(fitted(text, room(), look_.utf8), ink);
  return *this;
}

FrameLine& FrameLine::field(std::string_view text, std::size_t wide, Ink ink) {
  const std::size_t end = std::min(look_.columns, used_ + wide);
  put(fitted(text, end - used_, look_.utf8), ink);
  return blank_to(end + 1);
}

FrameLine& FrameLine::blank_to(std::size_t column) {
  const std::size_t end = std::min(column, look_.columns);
  if (end <= used_) return *this;
  out_.append(end - used_, ' ');
  used_ = end;
  return *this;
}

FrameLine& FrameLine::at_end(std::string_view text, Ink ink) {
  const Fitted what = fitted(text, room(), look_.utf8);
  blank_to(look_.columns - what.columns);
  put(what, ink);
  return *this;
}

std::string sparkline(const std::deque<double>& values, std::size_t width, bool utf8) {
  static constexpr std::array<std::string_view, 9> blocks{" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                                          "\u2585", "\u2586", "\u2587", "\u2588"};
  static constexpr std::array<std::string_view, 9> ascii{" ", ".", ":", "-", "=", "+", "*", "#", "@"};
  const auto& steps = utf8 ? blocks : ascii;
  const std::size_t shown = std::min(width, values.size());
  const auto first = values.end() - static_cast<std::ptrdiff_t>(shown);
  const double highest = shown == 0 ? 0 : *std::max_element(first, values.end());
  std::string out(width - shown, ' ');
  for (auto value = first; value != values.end(); ++value) {
    std::size_t step = 0;
    if (*value > 0 && highest > 0)
      step = std::clamp<std::size_t>(static_cast<std::size_t>(std::ceil(*value / highest * 8)), 1, 8);
    // A sample of nothing is seen as such, not as a time before the first.
    out += step == 0 ? (utf8 ? std::string_view("\u00b7") : std::string_view("_")) : steps.at(step);
  }
  return out;
}

}  // namespace leafgate::ctl
