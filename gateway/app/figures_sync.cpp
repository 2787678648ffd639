#include "gateway/app/figures.hpp"

namespace leafgate {

void set_figures(Metrics& metrics, const SyncReport& sync, WallTime now) {
  metrics.counter("leafgate_sync_runs", "times that the service's list was switched to").raise_to(sync.runs);
  metrics.counter("leafgate_sync_failures", "requests and steps of the sync that failed")
      .raise_to(sync.failures);
  metrics.gauge("leafgate_sync_keys_left", "enrollments whose keys are still to be asked for")
      .set(static_cast<std::int64_t>(sync.keys_left));
  metrics.counter("leafgate_sync_keys", "enrollments whose keys were read").raise_to(sync.keys_fetched);
  metrics.gauge("leafgate_sync_kept_out", "records of the service's list that are not understood")
      .set(static_cast<std::int64_t>(sync.last.kept_out));
  if (!sync.completed) return;
  metrics.gauge("leafgate_sync_age_seconds", "since the service's list was last switched to")
      .set(std::chrono::duration_cast<Seconds>(now - *sync.completed).count());
}

}  // namespace leafgate
