#include "gateway/app/site_history.hpp"

#include <algorithm>

namespace leafgate {

void SiteHistory::take(WallTime at, bool service_up, WallTime since, std::size_t queued) {
  note_outage(since == WallTime{} ? at : std::min(at, since), service_up, queued);
  std::vector<status::LinkSample>& samples = told_.samples;
  // A clock that was set back would draw lines that run to the left.
  while (!samples.empty() && samples.back().at > at) samples.pop_back();
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

}  // namespace leafgate
