#include "gateway/model/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace leafgate {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t millis;
};
constexpr std::array<Unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

std::string_view to_text(ClockQuality quality) {
  switch (quality) {
    case ClockQuality::unsynced:
      return "unsynced";
    case ClockQuality::plausible:
      return "plausible";
    case ClockQuality::synced:
      return "synced";
  }
  return "unsynced";
}

std::string to_rfc3339(WallTime at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  std::array<char, 64> text{};
  const int n = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03d0000Z", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text.data(), static_cast<std::size_t>(n)};
}

Result<Millis> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc() || end == text.data() || count < 0)
    return Error(Errc::malformed,
                 "a duration is digits and a unit: \"250ms\", \"10s\", \"5m\", \"24h\", \"30d\"");
  for (const Unit& u : units) {
    if (u.name != unit) continue;
    if (count > std::int64_t{36'500} * 86'400'000 / u.millis)
      return Error(Errc::too_large, "a duration is at most 100 years");
    return Millis(count * u.millis);
  }
  return Error(Errc::malformed, "the unit of a duration is one of ms, s, m, h, d");
}

std::string to_text(Millis duration) {
  std::int64_t rest = duration.count();
  if (rest < 0) return "-" + to_text(-duration);
  std::string out;
  int shown = 0;
  for (const Unit& u : units) {
    const std::int64_t n = rest / u.millis;
    if (n == 0 && shown == 0) continue;
    if (n > 0 && !(u.name == "ms" && shown > 0)) {
      if (!out.empty()) out += ' ';
      out += std::to_string(n) + std::string(u.name);
    }
    rest -= n * u.millis;
    if (++shown == 2) break;
  }
  return out.empty() ? "0s" : out;
}

}  // namespace leafgate
