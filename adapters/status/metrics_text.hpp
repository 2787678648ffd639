#pragma once

#include <functional>
#include <string>

#include "gateway/net/http_server.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/runtime/metrics.hpp"

namespace leafgate::status {

inline constexpr std::string_view metrics_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";

// Where the figures come from. All outlive whoever renders.
struct MetricsPorts {
  Operator& desk;
  Metrics& metrics;
  std::function<Task<void>()> collect = {};  // sets what only the application sees; before each rendering
};

// All figures of the gateway as OpenMetrics 1.0 text, asked of the desk now. One loop.
Task<std::string> metrics_text(const MetricsPorts& ports);

// GET /metrics and nothing else: for an agent on this machine that cannot read a Unix socket. One loop.
class MetricsDoor final : public net::HttpHandler {
 public:
  explicit MetricsDoor(MetricsPorts ports) : ports_(std::move(ports)) {}
  Task<net::HttpResponse> handle(net::HttpRequest request) override;

 private:
  MetricsPorts ports_;
};

}  // namespace leafgate::status
