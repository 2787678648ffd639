#include <algorithm>
#include <array>

#include "adapters/wire/csv_text.hpp"
#include "adapters/wire/enrollment_record.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::wire {
namespace {

using Line = CsvLine;

constexpr auto columns = std::to_array<std::string_view>(
    {"registrationId", "enrollmentGroupId", "attestation", "primaryKey", "secondaryKey", "endorsementKey",
     "provisioningStatus", "deviceId", "etag", "match", "bridge", "iotHubHostName", "offlineMaxAge",
     "provisional"});

using Header = std::vector<std::string_view>;  // of `columns`; empty where a name is not known

// The names of the columns as DPS spells them. Mistakes name places, not contents: without a header, these
// would be the keys of the first row.
Header read_header(const Line& line, std::vector<std::string>& mistakes) {
  Header header;
  header.reserve(line.cells.size());
  for (std::size_t i = 0; i < line.cells.size(); ++i) {
    const auto known = std::find_if(columns.begin(), columns.end(), [&](std::string_view name) {
      return equal_ignoring_case(name, line.cells[i]);
    });
    const auto place = [i] { return "column " + std::to_string(i + 1); };
    if (known == columns.end())
      mistakes.push_back(place() +
                         " has no name that is known (registrationId, attestation, primaryKey, ...)");
    else if (std::find(header.begin(), header.end(), *known) != header.end())
      mistakes.push_back(place() + ": " + std::string(*known) + " is there twice");
    header.push_back(known == columns.end() ? std::string_view() : *known);
  }
  return header;
}

std::string_view cell_named(const Header& header, const Line& line, std::string_view name) {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) return {};
  return line.cells[static_cast<std::size_t>(found - header.begin())];
}

std::string array_of_words(std::string_view text) {
  std::string out = "[";
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return out + ']';
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(" \t\r\n"));
    if (out.size() > 1) out += ',';
    out += json::quoted(word);
    text.remove_prefix(word.size());
  }
}

// A row that leaves the attestation out is of the kind whose key it has.
bool is_tpm(const Header& header, const Line& line) {
  const auto type = cell_named(header, line, "attestation");
  return type.empty() ? !cell_named(header, line, "endorsementKey").empty() : type == to_text(Mechanism::tpm);
}

// Why its attestation cannot be read from this row; empty: it can.
std::string wrong_attestation(const Header& header, const Line& line) {
  const auto type = cell_named(header, line, "attestation");
  if (!type.empty() && type != to_text(Mechanism::symmetric_key) && type != to_text(Mechanism::tpm))
    return "attestation is neither symmetricKey nor tpm; other enrollments come as JSON";
  const bool has_endorsement = !cell_named(header, line, "endorsementKey").empty();
  const bool has_symmetric =
      !cell_named(header, line, "primaryKey").empty() || !cell_named(header, line, "secondaryKey").empty();
  if (is_tpm(header, line) && !has_endorsement) return "has no endorsementKey, but its attestation is tpm";
  if (is_tpm(header, line) ? has_symmetric : has_endorsement)
    return "has keys of two kinds: symmetric ones and that of a TPM";
  return {};
}

// What is no more than true or false stays so; whatever else stands there is for the record's reader to
// judge.
std::string leafgate_of(const Header& header, const Line& line) {
  json::ObjectWriter ours;
  if (const auto match = cell_named(header, line, "match"); !match.empty())
    ours.raw("match", array_of_words(match));
  for (const std::string_view name : {"bridge", "provisional"})
    if (const std::string said = ascii_lower(cell_named(header, line, name)); !said.empty())
      ours.raw(name, said == "true" || said == "false" ? said : json::quoted(said));
  if (const auto age = cell_named(header, line, "offlineMaxAge"); !age.empty())
    ours.text("offline_max_age", age);
  return ours.str();
}

std::string record_of(const Header& header, const Line& line) {
  json::ObjectWriter record;
  for (const std::string_view name :
       {"registrationId", "enrollmentGroupId", "deviceId", "provisioningStatus", "iotHubHostName", "etag"})
    if (const auto value = cell_named(header, line, name); !value.empty()) record.text(name, value);
  json::ObjectWriter keys;
  for (const std::string_view name : {"primaryKey", "secondaryKey"})
    if (const auto value = cell_named(header, line, name); !value.empty()) keys.text(name, value);
  json::ObjectWriter attestation;
  if (is_tpm(header, line)) {
    json::ObjectWriter tpm;
    tpm.text("endorsementKey", cell_named(header, line, "endorsementKey"));
    attestation.text("type", to_text(Mechanism::tpm)).raw("tpm", tpm.str());
  } else {
    attestation.text("type", to_text(Mechanism::symmetric_key)).raw("symmetricKey", keys.str());
  }
  record.raw("attestation", attestation.str());
  if (const std::string ours = leafgate_of(header, line); ours != "{}") record.raw("leafgate", ours);
  return record.str();
}

CsvRow read_row(const Header& header, const Line& line) {
  CsvRow row{line.number, {}, {}};
  if (!line.mistake.empty()) {
    row.mistakes.push_back(line.mistake);
  } else if (line.cells.size() != header.size()) {
    row.mistakes.push_back("has " + std::to_string(line.cells.size()) + " cells, the header " +
                           std::to_string(header.size()));
  } else if (std::string wrong = wrong_attestation(header, line); !wrong.empty()) {
    row.mistakes.push_back(std::move(wrong));
  } else {
    row.record = record_of(header, line);
  }
  return row;
}

}  // namespace

void read_csv(std::string_view text, const std::function<bool(CsvRow)>& take) {
  CsvReader reader(text, csv_separator(text));
  Line line;
  if (!reader.next(line)) return;
  CsvRow of_header{line.number, {}, {}};
  const Header header = read_header(line, of_header.mistakes);
  if (!line.mistake.empty()) of_header.mistakes.push_back(line.mistake);
  // With a wrong header every row would be wrong in the same way.
  if (!of_header.mistakes.empty()) {
    take(std::move(of_header));
    return;
  }
  bool goes_on = true;
  while (goes_on && reader.next(line)) goes_on = is_blank(line) || take(read_row(header, line));
}

}  // namespace leafgate::wire
