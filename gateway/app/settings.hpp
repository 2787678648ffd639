#pragma once

#include <string>
#include <vector>

#include "adapters/https/endpoint.hpp"
#include "adapters/mqtt/broker/settings.hpp"
#include "adapters/mqtt/limits.hpp"
#include "adapters/serial/line_config.hpp"
#include "adapters/tunnel/rules.hpp"
#include "gateway/app/config.hpp"
#include "gateway/flows/attempt_pace.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/policy.hpp"
#include "gateway/net/listener.hpp"

namespace leafgate {

// How the parts are set by the configuration: at start, and again on reload.
[[nodiscard]] Policy policy_of(const Config& config);
[[nodiscard]] ForwardOptions forward_options_of(const Config& config);
[[nodiscard]] AttemptPace::Limits attempt_limits_of(const Config& config);
[[nodiscard]] mqtt::Limits mqtt_limits_of(const Config& config);
[[nodiscard]] https::Limits https_limits_of(const Config& config);
[[nodiscard]] net::ListenerLimits listener_limits_of(const Config& config);
[[nodiscard]] net::Penalties::Limits penalty_limits_of(const Config& config);
// Names and places of [tunnel]; what looks like a hub, and which names are ours, is not known from it alone.
[[nodiscard]] tunnel::Rules tunnel_rules_of(const Config& config);
[[nodiscard]] tunnel::Limits tunnel_limits_of(const Config& config);
[[nodiscard]] broker::Settings broker_settings_of(const Config& config);
[[nodiscard]] std::vector<serial::LineConfig> line_configs_of(const Config& config);
// What is wrong with lines and broker that no single key shows: each a text for the operator.
[[nodiscard]] std::vector<std::string> mistakes_of_link(const Config& config);
// As the Host header has it (RFC 3986 §3.2.2): IPv6 in brackets, without the port that goes without saying.
[[nodiscard]] std::string http_authority(const std::string& host, std::int64_t port);
[[nodiscard]] std::string service_address(const Config& config);
// Of this gateway: without a name of its own it has that of its machine.
[[nodiscard]] std::string gateway_name(const Config& config);

}  // namespace leafgate
