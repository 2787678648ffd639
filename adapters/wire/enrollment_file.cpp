#include "adapters/wire/enrollment_file.hpp"

#include <unordered_map>

#include "adapters/wire/enrollment_record.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::wire {
namespace {

constexpr std::size_t largest_file = 64 * 1024 * 1024;
constexpr std::size_t most_enrollments = 125'000;
constexpr int file_depth = record_depth + 2;  // in an array, in an object

class FileReader {
 public:
  EnrollmentFile read(std::string_view text) {
    if (text.size() > largest_file) {
      file_.mistakes.add("the file is larger than 64 MiB");
      return std::move(file_);
    }
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
      file_.mistakes.add("the file is empty");
    else if (text[first] == '{' || text[first] == '[')
      read_json(text);
    else
      read_rows(text);
    if (file_.enrollments.empty() && file_.mistakes.count() == 0)
      file_.mistakes.add("the file holds no enrollments");
    return std::move(file_);
  }

 private:
  void read_json(std::string_view text) {
    const auto document = json::checked(text, {largest_file, file_depth});
    if (!document) return file_.mistakes.add(document.error().detail);
    if (json::kind_of(*document) == json::Kind::array) return read_array(*document);
    const auto members = json::members(*document);
    if (!members) return file_.mistakes.add(members.error().detail);
    bool holder = false;
    for (const char* name : {"enrollments", "enrollmentGroups", "value"}) {
      const auto list = json::find(*members, name);
      if (!list || json::kind_of(*list) != json::Kind::array) continue;
      holder = true;
      read_array(*list);
    }
    if (!holder) take_record(1, *document);
  }

  void read_array(std::string_view array) {
    const auto records = json::elements(array, [this] { return has_room(); });
    if (!records && records.error().code == Errc::stopped) return;
    if (!records) return file_.mistakes.add(records.error().detail);
    std::size_t row = 0;
    for (const std::string_view record : *records) take_record(++row, record);
  }

  void read_rows(std::string_view text) {
    read_csv(text, [this](const CsvRow& row) {
      if (!has_room()) return false;
      for (const std::string& mistake : row.mistakes) add_mistake(row.number, "", mistake);
      if (row.mistakes.empty()) take_record(row.number, row.record);
      return true;
    });
  }

  // Asked with each record.
  bool has_room() {
    if (++records_ <= most_enrollments) return true;
    file_.mistakes.add("the file holds more than 125,000 enrollments: split it");
    return false;
  }

  void take_record(std::size_t row, std::string_view record) {
    if (record.size() > largest_record) return add_mistake(row, "", "is larger than 96 KiB");
    RecordReading reading = read_record(record);
    for (const std::string& mistake : reading.mistakes) add_mistake(row, reading.name, mistake);
    if (reading.name.empty()) return;
    const auto [earlier, is_new] = rows_.emplace(ascii_lower(reading.name), row);
    if (!is_new)
      return add_mistake(row, reading.name, "stands in row " + std::to_string(earlier->second) + " too");
    if (reading.mistakes.empty()) file_.enrollments.push_back(std::move(reading.imported));
  }

  void add_mistake(std::size_t row, const std::string& name, const std::string& what) {
    file_.mistakes.add("row " + std::to_string(row) + (name.empty() ? "" : " (" + name + ")") + ": " + what);
  }

  EnrollmentFile file_;
  std::size_t records_ = 0;
  std::unordered_map<std::string, std::size_t> rows_;  // by name: the row that had it first
};

}  // namespace

void Mistakes::add(std::string text) {
  if (++count_ <= most) first_.push_back(std::move(text));
}

EnrollmentFile read_enrollment_file(std::string_view text) { return FileReader().read(text); }

Result<ImportedEnrollment> read_enrollment_record(std::string_view text) {
  const auto record = json::checked(text, {largest_record, record_depth});
  if (!record) return record.error();
  RecordReading reading = read_record(*record);
  if (reading.mistakes.empty()) return std::move(reading.imported);
  std::string all;
  for (const std::string& mistake : reading.mistakes) all += (all.empty() ? "" : "; ") + mistake;
  return Error(Errc::malformed, (reading.name.empty() ? "" : reading.name + ": ") + all);
}

}  // namespace leafgate::wire
