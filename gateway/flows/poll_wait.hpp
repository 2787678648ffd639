#pragma once

#include <algorithm>

#include "gateway/ports/provisioning_service.hpp"

namespace leafgate {

constexpr Seconds poll_usual{3};  // what DPS says itself

// How long after this answer its operation is polled again, whoever asks: the service counts polls apart, 5
// in 10 s per device.
[[nodiscard]] inline Millis poll_wait(const ServiceAnswer& answer) {
  return std::clamp(answer.retry_after.value_or(poll_usual), Seconds(2), Seconds(60));
}

}  // namespace leafgate
