#pragma once

#include <string>
#include <string_view>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate::mqtt {

// The topics of DPS over MQTT ("Communicate with DPS using the MQTT protocol", Microsoft).

// The one filter a leaf may subscribe to.
inline constexpr std::string_view response_filter = "$dps/registrations/res/#";

enum class Operation { register_device, poll };

struct RequestTopic {
  Operation operation = Operation::register_device;
  std::string_view rid;      // as received, never empty; opaque; points into the topic
  std::string operation_id;  // of a poll, percent-decoded where it can be (Python encodes it); else empty
};

// $dps/registrations/PUT/iotdps-register/?$rid={rid}
// $dps/registrations/GET/iotdps-get-operationstatus/?$rid={rid}&operationId={id}
// Parameters in any order, unknown ones are passed over. Errors: unsupported (not such a topic), malformed (a
// parameter twice, or no rid).
[[nodiscard]] Result<RequestTopic> parse_request_topic(std::string_view topic);

// $dps/registrations/res/{status}/?$rid={rid}[&retry-after={seconds}]: the rid first, byte for byte, as the
// SDKs for C# and Node.js want it. Nothing is said of retry-after when it is 0.
[[nodiscard]] std::string response_topic(int status, std::string_view rid, Seconds retry_after);

}  // namespace leafgate::mqtt
