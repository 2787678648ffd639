#pragma once

#include <chrono>

namespace leafgate {

// The calendar time of the system, unjudged: what it is worth is for the port WallClock to say. Deadlines
// never use it.
[[nodiscard]] std::chrono::sys_time<std::chrono::milliseconds> system_wall_time() noexcept;

}  // namespace leafgate
