#pragma once

#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ctl/reading.hpp"
#include "gateway/ctl/terminal.hpp"

// What the daemon lists, a row a line.
namespace leafgate::ctl {

// The room of who reads by a program: nothing is cut, for it may be what that looks for.
constexpr std::size_t all_it_wants = std::numeric_limits<std::size_t>::max();

// Which part of a text goes where its column is too narrow.
enum class Cut { end, middle, beginning };

struct Column {
  std::string_view head;
  std::size_t least;  // it is never narrower
  Cut cut = Cut::end;
  std::size_t yields_to = all_it_wants;  // ColumnNeed
};

// What a leaf's columns have in common.
constexpr std::size_t least_id = 12;
constexpr std::size_t least_label = 6;
constexpr std::size_t label_yields_to = 12;

struct Cell {
  using Shade = std::string (Paint::*)(std::string_view) const;
  std::string text;
  std::string label = {};  // what people call it, behind: goes before any of the text does
  Shade shade = nullptr;
};

// What names a leaf in a table: its id, and its label.
[[nodiscard]] Cell leaf_cell(const View& leaf);

// As wide as its first rows want, where there is room. The last column is not filled up.
class Table {
 public:
  using RowOf = std::function<std::vector<Cell>(const View&)>;
  Table(std::vector<Column> of, RowOf row_of, const std::vector<View>& first, std::size_t room);
  [[nodiscard]] std::string head(const Paint& paint) const;
  [[nodiscard]] std::string line(const View& of, const Paint& paint) const;

 private:
  [[nodiscard]] std::string shown(const Cell& cell, std::size_t column) const;

  std::vector<Column> columns_;
  RowOf row_of_;
  std::vector<std::size_t> widths_;
  bool cuts_;
};

}  // namespace leafgate::ctl
