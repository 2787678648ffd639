#include "gateway/app/figures.hpp"

#include <cmath>

namespace leafgate {

void set_figures(Metrics& metrics, const Admission& admission, const Forwarder& forwarder,
                 const WallClock& clock) {
  metrics.gauge("leafgate_pace_per_minute", "registrations that may go to the service a minute now")
      .set(std::lround(forwarder.pace_per_minute()));
  metrics.gauge("leafgate_in_flight", "registrations under way at the service")
      .set(static_cast<std::int64_t>(forwarder.in_flight()));
  metrics.clear_gauges("leafgate_service_trouble");
  const LinkState link = forwarder.state();
  if (!link.up)
    metrics
        .gauge("leafgate_service_trouble", "why the service cannot be used",
               {{"reason", std::string(code(link.reason))}})
        .set(1);
  const Tally& tally = admission.tally();
  for (const auto& [transport, count] : tally.attempts_by)
    metrics
        .counter("leafgate_attempts", "registrations and polls of leaves",
                 {{"transport", std::string(to_text(transport))}})
        .raise_to(count);
  for (const auto& [reason, count] : tally.refused_by)
    metrics.counter("leafgate_refused", "attempts refused here", {{"reason", std::string(code(reason))}})
        .raise_to(count);
  const auto now = std::chrono::duration_cast<Seconds>(clock.now().at.time_since_epoch());
  metrics.gauge("leafgate_rendered_timestamp_seconds", "when these figures were taken").set(now.count());
}

}  // namespace leafgate
