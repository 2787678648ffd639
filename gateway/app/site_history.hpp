#pragma once

#include "adapters/status/report.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// How the way to the service and the queue were since the start, for the picture of the report. Of bounded
// size whatever the time: when there are too many samples every second one goes, and the next ones are taken
// half as often. Times without the service are kept whole, the last 64 of them. Where the clock is set, what
// was before is dated anew by what it says since, so that the picture keeps its order and its lengths; when
// that was is told, the last 8 times.
class SiteHistory {
 public:
  static constexpr std::size_t most_samples = 720;
  static constexpr std::size_t most_outages = 64;
  static constexpr std::size_t most_settings = 8;
  static constexpr Millis worth_telling = std::chrono::minutes(1);  // less, a time service does all the time

  // At regular times, or nearly. `now`: of the loop. `since`: of the state of the link; the epoch while
  // unknown.
  void take(TimePoint now, WallTime at, bool service_up, WallTime since, std::size_t queued);
  [[nodiscard]] const status::TimelineFacts& told() const { return told_; }

 private:
  void follow_the_clock(TimePoint now, WallTime at);
  void note_outage(WallTime turned, bool service_up, std::size_t queued);

  status::TimelineFacts told_;
  std::size_t every_ = 1;  // of the samples offered, so many make one kept
  std::size_t offered_ = 0;
  std::optional<TimePoint> last_;  // sample offered, and its date
  WallTime last_at_{};
};

// Outages of before the start are known from the store, how many waited at once only since then. They lasted
// as their dates say, for the hours meter runs ahead by a quarter of an hour with each power cut, unless the
// dates are not known or the clock was set back over all of it. Pure.
void add_outages(status::TimelineFacts& timeline, const std::vector<Outage>& outages);

}  // namespace leafgate
