#include "adapters/status/endpoint.hpp"

namespace leafgate::status {
namespace {

net::HttpLimits http_limits(const EndpointLimits& limits) {
  net::HttpLimits out;
  out.body = limits.import_size;
  out.body_time = Millis(60'000);  // a large import from a slow disk
  out.write_time = Millis(30'000);
  return out;
}

}  // namespace

Endpoint::Endpoint(Executor executor, int descriptor, Routes& routes, EndpointLimits limits)
    : server_(routes, http_limits(limits)),
      listener_(
          executor, descriptor,
          [this](net::PlainSocket& socket, net::PeerCredentials who) -> Task<void> {
            return server_.serve_peer(socket, net::HttpPeer(std::move(who)));
          },
          limits.connections,
          [&routes](const net::PeerCredentials& who) { return routes.does_more_than_read(who); }) {}

Task<void> Endpoint::run() { return listener_.run(); }

void Endpoint::stop() { listener_.stop(); }

}  // namespace leafgate::status
