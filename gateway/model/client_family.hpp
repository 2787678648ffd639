#pragma once

#include "gateway/model/time.hpp"

namespace leafgate {

// The SDK behind a leaf, as far as it shows: over MQTT by its user name, over HTTPS by its User-Agent. What
// differs between them is what they make of an answer (behaviour read in the sources of azure-iot-sdk-c,
// -node, -python, -csharp, -java; device protocol sheet §1.5, §7.4). `leaf_link`: our own library.
enum class ClientFamily { unknown, c, node, python, csharp, java, leaf_link };

// The whole seconds of Retry-After that a family obeys; outside of them it does something of its own.
struct RetryBounds {
  Seconds least;
  Seconds most;
};
// 3 is safe for every SDK, so the unknown never hear more.
[[nodiscard]] RetryBounds obeyed_by(ClientFamily family);

// The seconds this family obeys that are nearest to what is wanted; 0 stays 0 (not said).
[[nodiscard]] Seconds retry_after_for(ClientFamily family, Seconds wanted);

}  // namespace leafgate
