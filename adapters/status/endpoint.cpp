#include "adapters/status/endpoint.hpp"

#include "adapters/status/reply.hpp"

namespace leafgate::status {
namespace {

constexpr std::size_t turned_away_at_a_time = 8;  // with a word; whoever comes beyond them hears nothing

net::HttpLimits http_limits(const EndpointLimits& limits) {
  net::HttpLimits out;
  out.body = limits.import_size;
  out.body_time = Millis(60'000);  // a large import from a slow disk
  out.write_time = Millis(30'000);
  return out;
}

}  // namespace

Task<net::HttpResponse> Endpoint::Full::handle(net::HttpRequest) {
  net::HttpResponse out = refuse(503, {});
  out.close = true;
  co_return out;
}

net::HttpResponse Endpoint::Full::refuse(int, std::string_view) const {
  return error_reply(503, "too-many-connections",
                     "as many connections are open as may be (limits.status_connections)");
}

Endpoint::Endpoint(Executor executor, int descriptor, Routes& routes, EndpointLimits limits)
    : server_(routes, http_limits(limits)),
      listener_(
          executor, descriptor,
          [this, &routes, most = limits.connections](net::PlainSocket& socket,
                                                     net::PeerCredentials who) -> Task<void> {
            const bool is_one_too_many = listener_.connections() > most && !routes.does_more_than_read(who);
            net::HttpServer& server = is_one_too_many ? turning_away_ : server_;
            return server.serve_peer(socket, net::HttpPeer(std::move(who)));
          },
          limits.connections + turned_away_at_a_time,
          [&routes](const net::PeerCredentials& who) { return routes.does_more_than_read(who); }) {}

Task<void> Endpoint::run() { return listener_.run(); }

void Endpoint::stop() { listener_.stop(); }

}  // namespace leafgate::status
