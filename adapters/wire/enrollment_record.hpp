#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/wire/enrollment_file.hpp"

// Inside of enrollment_file: one record, whichever form the file had.
namespace leafgate::wire {

inline constexpr std::size_t largest_record = 96 * 1024;
inline constexpr int record_depth = 16;

struct RecordReading {
  ImportedEnrollment imported;        // whole only without mistakes
  std::vector<std::string> mistakes;  // without the name of the row
  std::string name;                   // `registrationId "x"`, once that could be read; else empty
};

// Who shows the record: an operator's file, which must be enough by itself, or the service's list, which only
// names CAs that the service holds.
enum class ShownBy { file, service };

// `record` is a slice of checked JSON text.
[[nodiscard]] RecordReading read_record(std::string_view record, ShownBy by = ShownBy::file);

// A data row of a CSV text: its number, and its record as JSON text.
struct CsvRow {
  std::size_t number;
  std::string record;                 // DPS JSON with keys
  std::vector<std::string> mistakes;  // of the row as CSV; with any, there is no record
};
// One row after another, until `take` says no: their records are longer than the text.
void read_csv(std::string_view text, const std::function<bool(CsvRow)>& take);

}  // namespace leafgate::wire
