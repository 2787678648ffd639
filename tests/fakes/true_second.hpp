#pragma once

#include <chrono>

namespace leafgate {

// A second of true time, for what must not take longer; a sanitizer makes many of it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::chrono::seconds true_second{30};
#else
inline constexpr std::chrono::seconds true_second{1};
#endif

}  // namespace leafgate
