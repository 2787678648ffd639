#pragma once

#include "adapters/status/report.hpp"

namespace leafgate {

// How the way to the service and the queue were since the start, for the picture of the report. Of bounded
// size whatever the time: when there are too many samples every second one goes, and the next ones are taken
// half as often. Times without the service are kept whole, the last 64 of them.
class SiteHistory {
 public:
  static constexpr std::size_t most_samples = 720;
  static constexpr std::size_t most_outages = 64;

  // At regular times, or nearly. `since`: of the state of the link; the epoch while unknown.
  void take(WallTime at, bool service_up, WallTime since, std::size_t queued);
  [[nodiscard]] const status::TimelineFacts& told() const { return told_; }

 private:
  void note_outage(WallTime turned, bool service_up, std::size_t queued);

  status::TimelineFacts told_;
  std::size_t every_ = 1;  // of the samples offered, so many make one kept
  std::size_t offered_ = 0;
};

}  // namespace leafgate
