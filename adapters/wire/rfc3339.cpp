#include "adapters/wire/rfc3339.hpp"

#include <cstdio>
#include <string>

#include "adapters/wire/utc.hpp"

namespace leafgate::wire {

Result<WallTime> parse_rfc3339(std::string_view rfc3339) {
  const std::string text(rfc3339);
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  const int got =
      std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2d", &year, &month, &day, &hour, &minute, &second);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  const auto at = utc(date, hour, minute, second);
  if (got != 6 || !at || !text.ends_with('Z')) return Error(Errc::malformed, "no RFC 3339 time in UTC");
  return *at;
}

}  // namespace leafgate::wire
