#pragma once

#include "adapters/status/render_parts.hpp"
#include "gateway/ports/outage_operator.hpp"

namespace leafgate::status {

[[nodiscard]] std::string render(const Forecast& forecast);
[[nodiscard]] std::string render(const OutcomePage& page);
[[nodiscard]] Json promise_json(const Promise& promise);

}  // namespace leafgate::status
