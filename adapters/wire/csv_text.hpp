#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Tables that people make with a spreadsheet. Pure; any thread.
namespace leafgate::wire {

struct CsvLine {
  std::size_t number = 0;  // as a spreadsheet counts: the first is 1
  std::vector<std::string> cells;
  std::string mistake;  // of the quoting; empty: none
};

// Lines of a CSV text (RFC 4180): cells between separators, quoted ones may hold separators, line ends and
// doubled quotes; blanks around a cell are not part of it. `text` must outlive it.
class CsvReader {
 public:
  CsvReader(std::string_view text, char separator) : text_(text), separator_(separator) {}
  // False at the end.
  bool next(CsvLine& line);

 private:
  [[nodiscard]] bool ends_cell(char c) const { return c == separator_ || c == '\r' || c == '\n'; }
  std::string rest_of_cell();
  std::string cell(std::string& mistake);

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t number_ = 0;
};

// ',' or, where the first line has only those, ';'.
[[nodiscard]] char csv_separator(std::string_view text);
[[nodiscard]] bool is_blank(const CsvLine& line);

}  // namespace leafgate::wire
