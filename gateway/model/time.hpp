#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

namespace leafgate {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

// Calendar time in UTC. Only for tokens, certificates and what people read; deadlines use runtime's
// LoopClock.
using WallTime = std::chrono::sys_time<Millis>;

// What calendar time is worth here (semantics §5): synced = the time service says so; plausible = no such
// word, but not before the floor; unsynced = before the floor. Only unsynced is untrusted.
enum class ClockQuality { unsynced, plausible, synced };

struct WallReading {
  WallTime at;
  ClockQuality quality;
};

// Time this gateway has been powered since the store was made, by an hours meter kept in the store. Never
// goes back, does not run while the box is off. Ages of cached assignments are counted by it.
using PoweredTime = std::chrono::milliseconds;

[[nodiscard]] std::string_view to_text(ClockQuality quality);

// RFC 3339 in UTC with seven fractional digits, as DPS writes dates: "2026-11-23T01:02:03.0040000Z".
[[nodiscard]] std::string to_rfc3339(WallTime at);

// A duration of the configuration: digits and one of ms, s, m, h, d ("250ms", "30d").
Result<Millis> parse_duration(std::string_view text);
// For people: the two largest units that matter ("3d 4h", "12s", "250ms").
[[nodiscard]] std::string to_text(Millis duration);

}  // namespace leafgate
