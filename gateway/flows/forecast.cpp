#include "gateway/flows/forecast.hpp"

#include <algorithm>

#include "gateway/flows/what_if.hpp"

namespace leafgate {
namespace {

constexpr Millis day = std::chrono::days(1);
constexpr int most_steps = 30;
constexpr std::size_t first_kept = 5;

// Whole days apart where the span is long enough for that.
Millis step_of(Millis span) {
  const Millis even = span / most_steps;
  if (even <= day) return std::min(day, std::max(span, Millis(1)));
  return Millis((even.count() / day.count() + 1) * day.count());
}

}  // namespace

ForecastSum::ForecastSum(Millis span) {
  sum_.span = span;
  const Millis step = step_of(span);
  for (Millis at{0}; at < span; at += step) sum_.timeline.push_back({at, 0});
  sum_.timeline.push_back({span, 0});
}

void ForecastSum::not_answered(const std::string& registration_id, Reason reason) {
  auto& all = sum_.not_answered;
  auto found = std::find_if(all.begin(), all.end(), [&](const NotAnswered& n) { return n.reason == reason; });
  if (found == all.end()) {
    all.emplace_back();
    found = all.end() - 1;
    found->reason = reason;
  }
  ++found->count;
  if (found->first.size() < first_kept) found->first.push_back(registration_id);
}

void ForecastSum::add(const std::string& registration_id, const Decision& now, const Decision& at_end,
                      std::optional<Millis> answered_for) {
  ++sum_.all;
  if (is_answered(at_end))
    ++sum_.answered;
  else
    not_answered(registration_id, at_end.reason);
  if (!is_answered(now)) return;
  for (Forecast::Step& step : sum_.timeline)
    if (!answered_for || step.after <= *answered_for) ++step.answered;
  const bool drops_out = answered_for && (sum_.next_id.empty() || *answered_for < sum_.next_after);
  if (!drops_out) return;
  sum_.next_id = registration_id;
  sum_.next_after = *answered_for;
}

Forecast ForecastSum::forecast() && {
  std::stable_sort(sum_.not_answered.begin(), sum_.not_answered.end(),
                   [](const NotAnswered& a, const NotAnswered& b) { return a.count > b.count; });
  return std::move(sum_);
}

}  // namespace leafgate
