#pragma once

#include <optional>
#include <string>

#include "gateway/model/enrollment.hpp"

namespace leafgate::wire {

// An enrollment as a record of a file that can be imported elsewhere (enrollment_file.hpp): the DPS JSON it
// came from, with what is known of it here, and without keys. Nothing where such a file would be refused: a
// group of which only the names of its CAs are known. Pure.
[[nodiscard]] std::optional<std::string> exported_record(const Enrollment& enrollment);

}  // namespace leafgate::wire
