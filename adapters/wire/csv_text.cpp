#include "adapters/wire/csv_text.hpp"

#include <algorithm>

namespace leafgate::wire {
namespace {

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

}  // namespace

bool CsvReader::next(CsvLine& line) {
  if (at_ >= text_.size()) return false;
  line = {++number_, {}, ""};
  do {
    line.cells.push_back(cell(line.mistake));
  } while (at_ < text_.size() && text_[at_] == separator_ && ++at_);
  if (at_ < text_.size() && text_[at_] == '\r') ++at_;
  if (at_ < text_.size() && text_[at_] == '\n') ++at_;
  return true;
}

std::string CsvReader::rest_of_cell() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && !ends_cell(text_[at_])) ++at_;
  return trimmed(text_.substr(begin, at_ - begin));
}

std::string CsvReader::cell(std::string& mistake) {
  if (at_ >= text_.size() || text_[at_] != '"') {
    std::string out = rest_of_cell();
    if (out.find('"') != std::string::npos)
      mistake = "a quote stands within a cell that does not begin with one";
    return out;
  }
  std::string out;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"' && text_.substr(at_, 2) != "\"\"") break;
    if (text_[at_] == '"') ++at_;
    out += text_[at_];
  }
  if (at_ >= text_.size()) mistake = "a quoted cell has no end";
  ++at_;
  if (at_ < text_.size() && !rest_of_cell().empty()) mistake = "something stands behind a quoted cell";
  return trimmed(out);
}

char csv_separator(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  const bool semicolon =
      first.find(',') == std::string_view::npos && first.find(';') != std::string_view::npos;
  return semicolon ? ';' : ',';
}

bool is_blank(const CsvLine& line) {
  return line.mistake.empty() &&
         std::all_of(line.cells.begin(), line.cells.end(), [](const std::string& c) { return c.empty(); });
}

}  // namespace leafgate::wire
