#include "adapters/status/metrics_text.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {

Task<net::HttpResponse> get_metrics(const RoutesPorts& ports, const net::HttpRequest&,
                                    const net::HttpTarget&) {
  const MetricsPorts sources{ports.desk, ports.metrics, ports.collect};
  std::string text = co_await metrics_text(sources);
  co_return net::HttpResponse(200, std::string(metrics_type), std::move(text));
}

}  // namespace leafgate::status
