#pragma once

#include <algorithm>

#include "gateway/ports/provisioning_service.hpp"

namespace leafgate {

constexpr Seconds poll_usual{3};  // what DPS says itself

constexpr Millis longest_assigning =
    std::chrono::minutes(20);  // more than the service may ask to wait for a poll

constexpr Seconds longest_asked = std::chrono::minutes(15);  // Retry-After counts up to that (semantics §4)

// How long after this answer its operation is polled again, whoever asks. The service counts polls apart, 5
// in 10 s per device: a 429 to one is that device's own and holds nobody else.
[[nodiscard]] inline Millis poll_wait(const ServiceAnswer& answer) {
  return std::clamp(answer.retry_after.value_or(poll_usual), Seconds(2), longest_asked);
}

// How long the service wants to be left in peace by everybody, where this answer says that it is in trouble.
[[nodiscard]] inline Millis asked_to_wait(const Result<ServiceAnswer>& answer) {
  const bool is_trouble = answer && (answer->http_status == 408 || answer->http_status >= 500);
  if (!is_trouble) return Millis(0);
  return std::clamp(answer->retry_after.value_or(Seconds(0)), Seconds(0), longest_asked);
}

}  // namespace leafgate
