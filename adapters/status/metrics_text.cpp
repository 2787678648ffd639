#include "adapters/status/metrics_text.hpp"

#include "adapters/status/guard.hpp"
#include "gateway/model/label_name.hpp"

namespace leafgate::status {
namespace {

// What the status report knows, as gauges.
void set_gauges(Metrics& metrics, const StatusReport& report) {
  const auto set = [&metrics](std::string_view name, std::string_view help, auto value) {
    metrics.gauge(name, help).set(static_cast<std::int64_t>(value));
  };
  set("leafgate_service_up", "1 while the provisioning service can be reached", report.service_up ? 1 : 0);
  set("leafgate_offline_ready", "leaves that would be answered if the uplink went now", report.offline_ready);
  set("leafgate_offline_not_ready", "leaves that would not", report.offline_not_ready);
  set("leafgate_enrollments", "enrollments held", report.enrollments);
  set("leafgate_registrations", "leaves known", report.registrations);
  set("leafgate_assigned", "leaves whose registration is assigned", report.assigned);
  set("leafgate_leaves_counted_age_seconds", "how long ago leaves were counted",
      report.counted_ago.count() / 1000);
  set("leafgate_outbox", "registrations the service still has to hear about", report.outbox);
  set("leafgate_outbox_oldest_seconds", "age of the oldest of them", report.outbox_oldest.count() / 1000);
  set("leafgate_connections", "connections of leaves", report.connections);
  set("leafgate_store_bytes", "size of the database and its log", report.store_size);
  set("leafgate_uptime_seconds", "since the daemon started", report.up_for.count() / 1000);
  const auto count = [&metrics](std::string_view name, std::string_view help, auto value) {
    metrics.counter(name, help).raise_to(static_cast<std::uint64_t>(value));
  };
  count("leafgate_answered_from_cache", "leaves answered without the service", report.answered_from_cache);
  count("leafgate_forwarded", "registrations sent to the service that it has answered", report.forwarded);
  count("leafgate_store_writes", "transactions committed", report.store_writes);
  metrics.clear_gauges("leafgate_degraded");
  for (const DegradedMode& mode : report.degraded)
    metrics
        .gauge("leafgate_degraded", "degraded modes in force", {{"reason", std::string(code(mode.reason))}})
        .add(1);
  metrics.clear_gauges("leafgate_certificate_left_seconds");
  for (const auto& [name, left] : report.certificates_left)
    metrics
        .gauge("leafgate_certificate_left_seconds", "time until the certificate ends, negative after it",
               {{"certificate", name}})
        .set(left.count() / 1000);
  Metrics::Labels labels{{"name", report.name}, {"site", report.site}, {"version", report.version}};
  for (const auto& [key, value] : report.labels) labels.emplace_back(label_name("label_" + key), value);
  metrics.clear_gauges("leafgate_build_info");
  metrics.gauge("leafgate_build_info", "which gateway these figures are of", labels).set(1);
}

net::HttpResponse plain(int status, std::string text) {
  return net::HttpResponse(status, "text/plain; charset=utf-8", std::move(text));
}

}  // namespace

Task<std::string> metrics_text(const MetricsPorts& ports) {
  const StatusReport report = co_await ports.desk.status();
  set_gauges(ports.metrics, report);
  if (ports.collect) co_await ports.collect();
  co_return ports.metrics.render();
}

Task<net::HttpResponse> MetricsDoor::handle(net::HttpRequest request) {
  if (!names_this_gateway(request)) co_return plain(421, "ask for http://localhost/metrics\n");
  if (request.target != "/metrics") co_return plain(404, "there is only /metrics\n");
  if (request.method != "GET" && request.method != "HEAD") co_return plain(405, "GET only\n");
  std::string text = co_await metrics_text(ports_);
  co_return net::HttpResponse(200, std::string(metrics_type), std::move(text));
}

}  // namespace leafgate::status
