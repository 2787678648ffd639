#pragma once

#include <string_view>

#include "gateway/model/client_family.hpp"

namespace leafgate::mqtt {

// From the user name's parameters, percent-decoded. Embedded C and FreeRTOS stay unknown: they send what the
// application gave them, or nothing.
[[nodiscard]] ClientFamily client_family(std::string_view api_version, std::string_view client_version);

// Whether a final 200 may be the answer to the register request itself.
[[nodiscard]] bool takes_direct_answer(ClientFamily family);

// Whether a QoS 0 request must wait for its answer: Java misses one that is faster than its own wait().
[[nodiscard]] bool needs_a_pause(ClientFamily family);

}  // namespace leafgate::mqtt
