#include "gateway/app/site_history.hpp"

#include <algorithm>
#include <utility>

namespace leafgate {

void SiteHistory::take(TimePoint now, WallTime at, bool service_up, WallTime since, std::size_t queued) {
  follow_the_clock(now, at);
  note_outage(since == WallTime{} ? at : std::min(at, since), service_up, queued);
  std::vector<status::LinkSample>& samples = told_.samples;
  const bool is_due = offered_++ % every_ == 0;
  status::LinkSample sample;
  sample.at = at;
  sample.service_up = service_up;
  sample.queued = queued;
  if (!is_due && !samples.empty()) {
    samples.back().queued = std::max(samples.back().queued, queued);  // a peak is not thinned away
    return;
  }
  samples.push_back(sample);
  if (samples.size() < most_samples) return;
  std::vector<status::LinkSample> kept;
  for (std::size_t i = 0; i + 1 < samples.size(); i += 2) {
    kept.push_back(samples[i]);
    kept.back().queued = std::max(samples[i].queued, samples[i + 1].queued);
  }
  samples = std::move(kept);
  every_ *= 2;
  offered_ = 0;
}

void SiteHistory::follow_the_clock(TimePoint now, WallTime at) {
  Millis by{0};
  if (last_) by = (at - last_at_) - std::chrono::duration_cast<Millis>(now - *last_);
  last_ = now;
  last_at_ = at;
  // A small step back is followed too: no line may run to the left.
  const bool is_told = by >= worth_telling || by <= -worth_telling;
  if (!is_told && by >= Millis(0)) return;
  for (status::LinkSample& sample : told_.samples) sample.at += by;
  for (status::OutageSpan& outage : told_.outages) {
    outage.began += by;
    if (outage.ended) *outage.ended += by;
  }
  for (WallTime& set : told_.clock_set) set += by;
  if (!is_told) return;
  told_.clock_set.push_back(at);
  if (told_.clock_set.size() > most_settings) told_.clock_set.erase(told_.clock_set.begin());
}

void SiteHistory::note_outage(WallTime turned, bool service_up, std::size_t queued) {
  std::vector<status::OutageSpan>& outages = told_.outages;
  const bool is_open = !outages.empty() && !outages.back().ended;
  if (service_up) {
    if (is_open) outages.back().ended = std::max(turned, outages.back().began);
    return;
  }
  if (!is_open) {
    status::OutageSpan begun;
    begun.began = turned;
    outages.push_back(begun);
    if (outages.size() > most_outages) outages.erase(outages.begin());
  }
  outages.back().most_queued = std::max(outages.back().most_queued, queued);
}

void add_outages(status::TimelineFacts& timeline, const std::vector<Outage>& outages) {
  std::vector<status::OutageSpan> spans;
  for (const Outage& outage : outages) {
    status::OutageSpan span;
    span.began = outage.begun;
    span.ended = outage.ended;
    span.most_queued = outage.promises();
    const bool by_meter = outage.untimed || (outage.ended && *outage.ended <= outage.begun);
    if (by_meter) span.lasted = outage.powered_for;
    const bool is_seen = !timeline.outages.empty() && !timeline.outages.back().ended;
    if (outage.untimed && !outage.ended && is_seen) span.began = timeline.outages.back().began;
    for (const status::OutageSpan& seen : timeline.outages)
      if (seen.began >= outage.begun && (!outage.ended || seen.began <= *outage.ended))
        span.most_queued = std::max(span.most_queued, seen.most_queued);
    spans.push_back(span);
  }
  if (!spans.empty()) timeline.outages = std::move(spans);
}

}  // namespace leafgate
