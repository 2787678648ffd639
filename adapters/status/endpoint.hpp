#pragma once

#include "adapters/status/routes.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/net/unix_listener.hpp"

namespace leafgate::status {

struct EndpointLimits {
  std::size_t connections = 32;
  std::size_t import_size = 64 << 20;  // octets of a request body
};

// The status socket: HTTP on a listening Unix socket (net::listen_unix, or inherited). One loop. `routes`
// must outlive it; destroy it after run() has returned.
class Endpoint {
 public:
  Endpoint(Executor executor, int descriptor, Routes& routes, EndpointLimits limits = {});

  Task<void> run();  // until stop() and the end of the last connection
  void stop();       // same loop

 private:
  // What is said to whoever comes beyond the limit.
  class Full final : public net::HttpHandler {
    Task<net::HttpResponse> handle(net::HttpRequest request) override;
    [[nodiscard]] net::HttpResponse refuse(int status, std::string_view why) const override;
  };

  net::HttpServer server_;
  Full full_;
  net::HttpServer turning_away_{full_};
  net::UnixListener listener_;
};

}  // namespace leafgate::status
