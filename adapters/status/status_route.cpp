#include "adapters/status/render.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {

Task<net::HttpResponse> get_status(const RoutesPorts& ports, const net::HttpRequest&,
                                   const net::HttpTarget&) {
  const StatusReport report = co_await ports.desk.status();
  co_return json_reply(render(report));
}

}  // namespace leafgate::status
