#include "adapters/status/route_groups.hpp"

namespace leafgate::status {
namespace {

// What the status report knows, as gauges: counted when asked, so that nobody counts for nobody.
void set_gauges(Metrics& metrics, const StatusReport& report) {
  const auto set = [&metrics](std::string_view name, std::string_view help, auto value) {
    metrics.gauge(name, help).set(static_cast<std::int64_t>(value));
  };
  set("leafgate_service_up", "1 while the provisioning service can be reached", report.service_up ? 1 : 0);
  set("leafgate_offline_ready", "leaves that would be answered if the uplink went now", report.offline_ready);
  set("leafgate_offline_not_ready", "leaves that would not", report.offline_not_ready);
  set("leafgate_enrollments", "enrollments held", report.enrollments);
  set("leafgate_registrations", "leaves known", report.registrations);
  set("leafgate_assigned", "leaves with an assignment", report.assigned);
  set("leafgate_outbox", "registrations the service still has to hear about", report.outbox);
  set("leafgate_outbox_oldest_seconds", "age of the oldest of them", report.outbox_oldest.count() / 1000);
  set("leafgate_connections", "connections of leaves", report.connections);
  set("leafgate_store_octets", "size of the database and its log", report.store_size);
  set("leafgate_degraded_modes", "degraded modes in force", report.degraded.size());
  for (const auto& [name, left] : report.certificates_left)
    metrics
        .gauge("leafgate_certificate_seconds_left", "time until the certificate ends",
               {{"certificate", name}})
        .set(left.count() / 1000);
}

}  // namespace

Task<net::HttpResponse> get_metrics(const RoutesPorts& ports, const net::HttpRequest&,
                                    const net::HttpTarget&) {
  const StatusReport report = co_await ports.desk.status();
  set_gauges(ports.metrics, report);
  co_return net::HttpResponse(200, "application/openmetrics-text; version=1.0.0; charset=utf-8",
                              ports.metrics.render());
}

}  // namespace leafgate::status
