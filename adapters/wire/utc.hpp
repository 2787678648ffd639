#pragma once

#include <optional>

#include "gateway/model/time.hpp"

namespace leafgate::wire {

// The moment of a date and a time of day in UTC, as they stand in texts; a 60th second is the next one. None
// where there is no such date or time.
[[nodiscard]] std::optional<WallTime> utc(std::chrono::year_month_day date, int hour, int minute, int second);

}  // namespace leafgate::wire
