#include "gateway/ctl/table.hpp"

#include <algorithm>

namespace leafgate::ctl {
namespace {

constexpr std::size_t least_of_a_label = 4;  // with the blank before it

std::string whole(const Cell& cell) { return cell.label.empty() ? cell.text : cell.text + " " + cell.label; }

std::string cut_to(const std::string& text, std::size_t width, Cut cut) {
  if (cut == Cut::middle) return middle_cell(text, width);
  return cut == Cut::beginning ? end_cell(text, width) : cell(text, width);
}

std::string filled(std::string text, std::size_t width) {
  const std::size_t is_wide = width_of(text);
  return is_wide < width ? text.append(width - is_wide, ' ') : text;
}

}  // namespace

Cell leaf_cell(const View& leaf) { return {leaf.text("registrationId"), leaf.text("label")}; }

Table::Table(std::vector<Column> of, RowOf row_of, const std::vector<View>& first, std::size_t room)
    : columns_(std::move(of)), row_of_(std::move(row_of)), cuts_(room != all_it_wants) {
  std::vector<ColumnNeed> needs;
  for (const Column& column : columns_)
    needs.push_back({std::max(column.head.size(), column.least), column.least, column.yields_to});
  for (const View& one : first) {
    const auto cells = row_of_(one);
    for (std::size_t i = 0; i < cells.size(); ++i)
      needs[i].wanted = std::max(needs[i].wanted, width_of(whole(cells[i])));
  }
  widths_ = column_widths(needs, cuts_ ? room - (columns_.size() - 1) : room);
}

std::string Table::shown(const Cell& of, std::size_t column) const {
  const std::size_t width = widths_[column];
  const std::string all = whole(of);
  if (!cuts_ || width_of(all) <= width) return visible(all);
  const bool shows_label = !of.label.empty() && width_of(of.text) + least_of_a_label <= width;
  return shows_label ? cell(all, width) : cut_to(of.text, width, columns_[column].cut);
}

std::string Table::head(const Paint& paint) const {
  std::string out;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string text = shown({std::string(columns_[i].head)}, i);
    out += i + 1 < columns_.size() ? filled(text, widths_[i]) + " " : text;
  }
  return paint.bold(out) + "\n";
}

std::string Table::line(const View& of, const Paint& paint) const {
  std::string out;
  const auto cells = row_of_(of);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool is_last = i + 1 == cells.size();
    const std::string text = is_last ? shown(cells[i], i) : filled(shown(cells[i], i), widths_[i]);
    out += (cells[i].shade == nullptr ? text : (paint.*cells[i].shade)(text)) + (is_last ? "\n" : " ");
  }
  return out;
}

}  // namespace leafgate::ctl
