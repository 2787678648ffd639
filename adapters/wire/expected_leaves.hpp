#pragma once

#include <string_view>
#include <vector>

#include "adapters/wire/enrollment_file.hpp"
#include "gateway/model/expected_leaf.hpp"

// The list of the leaves that a site shall have, as an engineer brings it. Pure; any thread.
namespace leafgate::wire {

struct ExpectedLeaves {
  std::vector<ExpectedLeaf> leaves;  // the good ones, in their order
  Mistakes mistakes;                 // `row 7 (pump-07): place ...`
};

// Reads a file of up to 8 MiB and 20,000 rows:
// * CSV (RFC 4180, comma or semicolon) with a header of the columns registrationId, label, place, line, note
//   in any order, the first one needed. Rows count as in a spreadsheet: the header is row 1.
// * JSON: an array of objects with those members, all texts; or {"expected": [...]}. Rows count from 1.
// Unknown columns and members are mistakes: a misspelt one would be lost without a word. All mistakes are
// found in one run. An empty file is a mistake.
[[nodiscard]] ExpectedLeaves read_expected_leaves(std::string_view text);

}  // namespace leafgate::wire
