#include "gateway/app/http_places.hpp"

#include <utility>

namespace leafgate {

net::Target http_target(std::string host, std::int64_t port) {
  net::Target target;
  target.host = std::move(host);
  target.port = static_cast<std::uint16_t>(port);
  return target;
}

net::HttpConnect connect_to(net::Connector& connector, net::Target target) {
  return [&connector, target = std::move(target)](TimePoint deadline) {
    return connector.connect(target, deadline);
  };
}

}  // namespace leafgate
