#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "gateway/ctl/terminal.hpp"

// Pieces of a full-screen view: lines of so many columns, whatever stands in them. Pure.
namespace leafgate::ctl {

// What the terminal at the other end can show.
struct FrameLook {
  std::size_t columns = 80;
  std::size_t rows = 24;
  bool utf8 = true;  // else ASCII alone
  Paint paint{false};
  WallTime now{};
};

enum class Ink { plain, good, warn, bad, bold, quiet };

// One line, filled from the left; what does not fit is cut.
class FrameLine {
 public:
  explicit FrameLine(const FrameLook& look) : look_(look) {}
  FrameLine& add(std::string_view text, Ink ink = Ink::plain);
  // In a field of so many columns, with a blank behind it.
  FrameLine& field(std::string_view text, std::size_t wide, Ink ink = Ink::plain);
  FrameLine& blank_to(std::size_t column);
  FrameLine& at_end(std::string_view text, Ink ink = Ink::plain);  // as far right as it goes
  [[nodiscard]] std::string str() const { return out_; }

 private:
  void put(const Fitted& what, Ink ink);
  [[nodiscard]] std::size_t room() const { return look_.columns - used_; }

  const FrameLook& look_;
  std::string out_;
  std::size_t used_ = 0;
};

// The newest `width` values as bars of one row, the highest of them as a full one; older ones to the left.
[[nodiscard]] std::string sparkline(const std::deque<double>& values, std::size_t width, bool utf8);

}  // namespace leafgate::ctl
