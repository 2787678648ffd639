#pragma once

#include <cstdint>

namespace leafgate::device {

// Monotonic milliseconds from anywhere; wraps. The one place of this program that asks for the time.
std::uint32_t now_ms();

}  // namespace leafgate::device
