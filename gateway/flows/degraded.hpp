#pragma once

#include <string>
#include <utility>

#include "gateway/ports/operator.hpp"

namespace leafgate {

[[nodiscard]] inline DegradedMode degraded(Reason reason, std::string consequence, WallTime since) {
  DegradedMode mode;
  mode.reason = reason;
  mode.consequence = std::move(consequence);
  mode.since = since;
  return mode;
}

}  // namespace leafgate
