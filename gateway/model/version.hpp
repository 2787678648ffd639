#pragma once

#include <string_view>

namespace leafgate {

// Which build this is, as packages count: "0.1.0", or "0.1.0+7" where whoever built it said so. Compiled into
// one file, so that a new number rebuilds no other.
[[nodiscard]] std::string_view version();

}  // namespace leafgate
