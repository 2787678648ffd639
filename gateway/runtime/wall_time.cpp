#include "gateway/runtime/wall_time.hpp"

namespace leafgate {

std::chrono::sys_time<std::chrono::milliseconds> system_wall_time() noexcept {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace leafgate
