#include "adapters/leaf/program/clock.hpp"

#include <chrono>

namespace leafgate::device {

std::uint32_t now_ms() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace leafgate::device
