#include "adapters/status/render.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {

Task<net::HttpResponse> get_status(const RoutesPorts& ports, const net::HttpRequest&,
                                   const net::HttpTarget&) {
  const StatusReport report = co_await ports.desk.status();
  if (ports.lines == nullptr) co_return json_reply(render(report, nullptr));
  const LineReport lines = co_await ports.lines->line_report();
  co_return json_reply(render(report, &lines));
}

}  // namespace leafgate::status
