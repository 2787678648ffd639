#include "adapters/wire/utc.hpp"

namespace leafgate::wire {

std::optional<WallTime> utc(std::chrono::year_month_day date, int hour, int minute, int second) {
  const bool in_range = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
  if (!date.ok() || !in_range) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         Seconds(second);
}

}  // namespace leafgate::wire
