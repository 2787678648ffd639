#pragma once

#include <cstdint>
#include <string>

#include "gateway/net/connector.hpp"
#include "gateway/net/http_client.hpp"

namespace leafgate {

// Where one of our HTTPS clients goes. `connector` outlives what is made.
[[nodiscard]] net::Target http_target(std::string host, std::int64_t port);
[[nodiscard]] net::HttpConnect connect_to(net::Connector& connector, net::Target target);

}  // namespace leafgate
