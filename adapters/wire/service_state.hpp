#pragma once

#include "adapters/wire/dps_json.hpp"

namespace leafgate::wire {

// What the service API says of one registration (DeviceRegistrationState; service sheet §2.4): the same
// members as a registrationState, but as the whole body. `reply` has no operation.
struct StateReply {
  ServiceReply reply;
  std::optional<WallTime> last_updated;  // in whole seconds, cut off; absent when the service gave none
};

// Errors: implausible, when it cannot be from DPS: as read_service_body, and a 200 without registrationId or
// a known status, or with a date that is none.
Result<StateReply> read_state_body(int http_status, std::string_view body);

}  // namespace leafgate::wire
