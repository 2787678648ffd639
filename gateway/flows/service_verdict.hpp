#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/reason.hpp"
#include "gateway/ports/provisioning_service.hpp"

namespace leafgate {

constexpr Millis clocks_differ = std::chrono::minutes(1);  // at most: the service's and the gateway's

// What one answer of the service means for the operation it belongs to (semantics §4, the three error lanes).
enum class ServiceSays {
  assigned,       // ended well
  assigning,      // poll again
  failed,         // ended, HTTP 200 and status failed: final for this attempt
  disabled,       // ended, HTTP 200 and status disabled: withdraws what is known
  refused,        // 400, 409 and the like: the device's fault, final for this attempt
  unconfirmed,    // 401, 403, 404 to a token that is good here: somebody is wrong; asked again later
  throttled,      // 429: slow down, then again
  retry,          // network, 408, 5xx: later
  gateway_fault,  // what answered is no provisioning service: the lane pauses, no leaf is blamed
};

struct ServiceVerdict {
  ServiceSays says = ServiceSays::retry;
  Reason reason = Reason::none;
  bool reached = false;  // a provisioning service answered
  std::string detail;    // for the engineer
};

// Judges what came back for `id`. `hub_suffixes`: when not empty, the only domains an assignedHub may lie in.
// Pure.
[[nodiscard]] ServiceVerdict judge_service(const Result<ServiceAnswer>& answer, const RegistrationId& id,
                                           const std::vector<std::string>& hub_suffixes);

// What is wrong with a 401 besides what it says itself: the clocks, where they are too far apart for any
// token to be good. Empty: nothing that can be told. Pure.
[[nodiscard]] std::string clock_gap(int http_status, std::optional<WallTime> theirs, WallTime ours);

// Why the service could not be asked: what of the way to it is at fault. Pure.
[[nodiscard]] Reason reason_of_trouble(const Error& error);

// True for a DNS name of at least two labels; false for addresses and for what no hub is called.
[[nodiscard]] bool is_plausible_hub(std::string_view name, const std::vector<std::string>& hub_suffixes);

}  // namespace leafgate
