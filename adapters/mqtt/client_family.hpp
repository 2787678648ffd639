#pragma once

#include <string_view>

#include "gateway/model/time.hpp"

namespace leafgate::mqtt {

// The SDK behind a leaf, as far as its user name shows it. What differs between them is what they make of an
// answer (behaviour read in their sources: azure-iot-sdk-c, -node, -python, -csharp, -java).
enum class ClientFamily { unknown, c, node, python, csharp, java };

// From the user name's parameters, percent-decoded. Embedded C and FreeRTOS stay unknown: they send what the
// application gave them, or nothing.
[[nodiscard]] ClientFamily client_family(std::string_view api_version, std::string_view client_version);

// Whether a final 200 may be the answer to the register request itself.
[[nodiscard]] bool takes_direct_answer(ClientFamily family);

// Whether a QoS 0 request must wait for its answer: Java misses one that is faster than its own wait().
[[nodiscard]] bool needs_a_pause(ClientFamily family);

// The whole seconds this family obeys that are nearest to what is wanted; 0 stays 0 (not said). 3 is safe for
// every SDK, so the unknown never hear more.
[[nodiscard]] Seconds retry_after_for(ClientFamily family, Seconds wanted);

}  // namespace leafgate::mqtt
