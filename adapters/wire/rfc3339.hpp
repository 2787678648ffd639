#pragma once

#include <string_view>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate::wire {

// A time in UTC as to_rfc3339 and DPS write it; fractions of a second are cut off. Errors: malformed.
Result<WallTime> parse_rfc3339(std::string_view text);

}  // namespace leafgate::wire
