#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/ports/clock.hpp"

namespace leafgate {

// What a sync was begun for, and when. The store keeps it as text beside what is staged.
struct SyncErrand {
  std::string scope;
  PoweredTime begun{};
  std::optional<WallTime> begun_wall;  // where the clock could be believed
  friend bool operator==(const SyncErrand&, const SyncErrand&) = default;
};

[[nodiscard]] std::string to_text(const SyncErrand& errand);
// None: it was not written by to_text().
[[nodiscard]] std::optional<SyncErrand> parse_errand(std::string_view text);

// Whether pages that were read since then may be passed off as the list of now. By powered time, and by the
// wall clock where both readings can be believed: a gateway that was switched off has missed something. Pure.
[[nodiscard]] bool is_stale(const SyncErrand& errand, PoweredTime powered, const WallReading& wall);

}  // namespace leafgate
