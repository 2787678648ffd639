#include "gateway/flows/sync_errand.hpp"

#include <charconv>

namespace leafgate {
namespace {

constexpr Millis longest_run = std::chrono::hours(1);
constexpr Millis unsaved = std::chrono::minutes(2);  // of the hours meter behind a start (app/housekeeping)

std::optional<Millis> read_millis(std::string_view text) {
  Millis::rep count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return Millis(count);
}

}  // namespace

std::string to_text(const SyncErrand& errand) {
  std::string out = errand.scope + "\n" + std::to_string(errand.begun.count()) + " ";
  if (!errand.begun_wall) return out + "-";
  return out +
         std::to_string(std::chrono::duration_cast<Millis>(errand.begun_wall->time_since_epoch()).count());
}

std::optional<SyncErrand> parse_errand(std::string_view text) {
  const std::size_t end = text.rfind('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view times = text.substr(end + 1);
  const std::size_t gap = times.find(' ');
  if (gap == std::string_view::npos) return std::nullopt;
  SyncErrand out;
  out.scope = text.substr(0, end);
  const auto begun = read_millis(times.substr(0, gap));
  if (!begun) return std::nullopt;
  out.begun = *begun;
  if (times.substr(gap + 1) == "-") return out;
  const auto wall = read_millis(times.substr(gap + 1));
  if (!wall) return std::nullopt;
  out.begun_wall = WallTime(*wall);
  return out;
}

bool is_stale(const SyncErrand& errand, PoweredTime powered, const WallReading& wall) {
  // Less than then, by more than a power cut takes: the store is that of another time.
  if (powered + unsaved < errand.begun || powered - errand.begun > longest_run) return true;
  const bool both = errand.begun_wall && wall.quality != ClockQuality::unsynced;
  return both && wall.at - *errand.begun_wall > longest_run;
}

}  // namespace leafgate
