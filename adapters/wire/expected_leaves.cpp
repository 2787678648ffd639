#include "adapters/wire/expected_leaves.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "adapters/wire/csv_text.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::wire {
namespace {

constexpr std::size_t largest_expected_file = 8 * 1024 * 1024;
constexpr int deepest = 4;  // a list in an object, rows in it; what lies deeper is a mistake of its row

struct Column {
  std::string_view name;
  std::string ExpectedLeaf::*member;
  std::size_t limit;
};
constexpr std::array<Column, 5> expected_columns{{
    {"registrationId", &ExpectedLeaf::registration_id, 128},
    {"label", &ExpectedLeaf::label, expected_label_limit},
    {"place", &ExpectedLeaf::place, expected_label_limit},
    {"line", &ExpectedLeaf::line, expected_label_limit},
    {"note", &ExpectedLeaf::note, expected_note_limit},
}};

const Column* column_named(std::string_view name) {
  for (const Column& column : expected_columns)
    if (equal_ignoring_case(column.name, name)) return &column;
  return nullptr;
}

constexpr const char* known_columns = "(registrationId, label, place, line, note)";

// As json::quoted takes it, so that what is shown later is what was read; nothing that moves a cursor.
bool is_clean(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::none_of(text.begin(), text.end(), is_control) &&
         json::checked(json::quoted(text)).has_value() && json::text_of(json::quoted(text)).value() == text;
}

class ExpectedReader {
 public:
  ExpectedLeaves read(std::string_view text) {
    if (text.size() > largest_expected_file) {
      out_.mistakes.add("the file is larger than 8 MiB");
      return std::move(out_);
    }
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
      out_.mistakes.add("the file is empty");
    else if (text[first] == '{' || text[first] == '[')
      read_json(text);
    else
      read_csv_text(text);
    if (out_.leaves.empty() && out_.mistakes.count() == 0) out_.mistakes.add("the file names no leaf");
    return std::move(out_);
  }

 private:
  void read_json(std::string_view text) {
    const auto document = json::checked(text, {largest_expected_file, deepest});
    if (!document) return out_.mistakes.add(document.error().detail);
    if (json::kind_of(*document) == json::Kind::array) return read_array(*document);
    const auto members = json::members(*document);
    if (!members) return out_.mistakes.add(members.error().detail);
    if (members->size() != 1 || members->front().name != "expected" ||
        json::kind_of(members->front().value) != json::Kind::array)
      return out_.mistakes.add(R"(it is neither an array nor {"expected": [...]})");
    read_array(members->front().value);
  }

  void read_array(std::string_view array) {
    const auto rows = json::elements(array);
    if (!rows) return out_.mistakes.add(rows.error().detail);
    std::size_t number = 0;
    for (const std::string_view row : *rows) read_object(++number, row);
  }

  void read_object(std::size_t number, std::string_view text) {
    const auto members = json::members(text);
    if (!members) return add(number, "", members.error().detail);
    ExpectedLeaf leaf;
    bool good = true;
    for (const json::Member& member : *members) {
      const Column* column = column_named(member.name);
      const auto value = json::text_of(member.value);
      if (column == nullptr)
        add(number, "", "has a member that is not known " + std::string(known_columns));
      else if (!value)
        add(number, "", std::string(column->name) + " is no text");
      else
        leaf.*column->member = *value;
      good = good && column != nullptr && value.has_value();
    }
    if (good) take(number, std::move(leaf));
  }

  void read_csv_text(std::string_view text) {
    CsvReader reader(text, csv_separator(text));
    CsvLine line;
    if (!reader.next(line)) return;
    std::vector<const Column*> header;
    const std::size_t before = out_.mistakes.count();
    for (const std::string& cell : line.cells) {
      const Column* column = column_named(cell);
      const auto place = "row 1: column " + std::to_string(header.size() + 1);
      if (column == nullptr)
        out_.mistakes.add(place + " has no name that is known " + known_columns);
      else if (std::find(header.begin(), header.end(), column) != header.end())
        out_.mistakes.add(place + ": " + std::string(column->name) + " is there twice");
      header.push_back(column);
    }
    if (!line.mistake.empty()) out_.mistakes.add("row 1: " + line.mistake);
    if (out_.mistakes.count() > before) return;  // every row would be wrong in the same way
    while (reader.next(line))
      if (!is_blank(line)) read_line(header, line);
  }

  void read_line(const std::vector<const Column*>& header, const CsvLine& line) {
    if (!line.mistake.empty()) return add(line.number, "", line.mistake);
    if (line.cells.size() != header.size())
      return add(
          line.number, "",
          "has " + std::to_string(line.cells.size()) + " cells, the header " + std::to_string(header.size()));
    ExpectedLeaf leaf;
    for (std::size_t i = 0; i < header.size(); ++i) leaf.*header[i]->member = line.cells[i];
    take(line.number, std::move(leaf));
  }

  void take(std::size_t number, ExpectedLeaf leaf) {
    if (leaf.registration_id.empty()) return add(number, "", "has no registrationId");
    const auto id = RegistrationId::parse(leaf.registration_id);
    if (!id) return add(number, "", "registrationId: " + id.error().detail);
    bool good = true;
    for (const Column& column : expected_columns) {
      const std::string& value = leaf.*column.member;
      const std::string name(column.name);
      if (value.size() > column.limit)
        add(number, id->text(), name + " is longer than " + std::to_string(column.limit) + " octets");
      else if (!is_clean(value))
        add(number, id->text(), name + " holds what cannot be shown");
      else
        continue;
      good = false;
    }
    if (!leaf.place.empty() && good)
      if (const auto place = SitePlace::parse(leaf.place); !place) {
        add(number, id->text(), "place " + place.error().detail);
        good = false;
      }
    const auto [earlier, is_new] = rows_.emplace(id->key(), number);
    if (!is_new) return add(number, id->text(), "stands in row " + std::to_string(earlier->second) + " too");
    if (rows_.size() == expected_most + 1)
      return out_.mistakes.add("it names more than " + std::to_string(expected_most) + " leaves");
    if (good && rows_.size() <= expected_most) out_.leaves.push_back(std::move(leaf));
  }

  void add(std::size_t row, const std::string& name, const std::string& what) {
    out_.mistakes.add("row " + std::to_string(row) + (name.empty() ? "" : " (" + name + ")") + ": " + what);
  }

  ExpectedLeaves out_;
  std::unordered_map<std::string, std::size_t> rows_;  // by key: the row that had it first
};

}  // namespace

ExpectedLeaves read_expected_leaves(std::string_view text) { return ExpectedReader().read(text); }

}  // namespace leafgate::wire
