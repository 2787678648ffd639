#include "adapters/wire/http_date.hpp"

#include <array>
#include <cstdio>
#include <string>

#include "adapters/wire/utc.hpp"

namespace leafgate::wire {

std::optional<WallTime> read_http_date(std::string_view value) {
  static constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
  static constexpr std::size_t length = 29;  // Sun, 06 Nov 1994 08:49:37 GMT
  if (value.size() != length) return std::nullopt;
  const std::string text(value);
  std::array<char, 4> name{};
  unsigned day = 0;
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int end = 0;
  const int got = std::sscanf(text.c_str(), "%*3[A-Za-z], %2u %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &day,
                              name.data(), &year, &hour, &minute, &second, &end);
  const std::size_t month = months.find(name.data());
  if (got != 6 || end != static_cast<int>(length) || month == std::string_view::npos || month % 3 != 0)
    return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                         std::chrono::day(day)};
  return utc(date, hour, minute, second);
}

}  // namespace leafgate::wire
