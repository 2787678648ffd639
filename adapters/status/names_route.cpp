#include "adapters/status/render.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {

Task<net::HttpResponse> list_names(const RoutesPorts& ports, const net::HttpRequest&,
                                   const net::HttpTarget&) {
  const SiteNames names = co_await ports.desk.names();
  co_return json_reply(render(names));
}

}  // namespace leafgate::status
