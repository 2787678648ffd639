#pragma once

#include "adapters/status/render_parts.hpp"
#include "gateway/ports/outage_operator.hpp"

namespace leafgate::status {

// `labels`: what people call a leaf; null where nothing has a name but its id.
[[nodiscard]] std::string render(const Forecast& forecast, const LinkState& uplink, const Labels* labels);
[[nodiscard]] std::string render(const OutcomePage& page, const LinkState& uplink, const Labels* labels);
[[nodiscard]] Json uplink_json(const LinkState& uplink);
[[nodiscard]] Json promise_json(const Promise& promise, bool service_up, const Labels* labels);

}  // namespace leafgate::status
