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

void ForecastSum::not_answered(const std::string& registration_id, Reason reason, const ProofEnd& end) {
  const bool ended = reason == Reason::leaf_certificate_expired && end.at;
  // Those of one CA are helped together, others each by itself.
  const std::string enrollment = ended && end.whose == WhoseEnd::authority ? end.enrollment : std::string();
  const auto is_same = [&](const NotAnswered& n) {
    if (n.reason != reason || n.ended.has_value() != ended) return false;
    return !ended || (n.ended->whose == end.whose && n.ended->enrollment == enrollment);
  };
  auto& all = sum_.not_answered;
  auto found = std::find_if(all.begin(), all.end(), is_same);
  if (found == all.end()) {
    all.emplace_back();
    found = all.end() - 1;
    found->reason = reason;
    if (ended) found->ended = NotAnswered::Ended{end.whose, enrollment, *end.at, *end.at};
  }
  ++found->count;
  if (found->first.size() < first_kept) found->first.push_back(registration_id);
  if (!ended) return;
  found->ended->first = std::min(found->ended->first, *end.at);
  found->ended->last = std::max(found->ended->last, *end.at);
}

// The first time that it is not answered any more, whether within the span or later.
void ForecastSum::drops_out(const std::string& registration_id, const Outlook& outlook) {
  const auto& turns = outlook.turns;
  const auto ends = std::adjacent_find(turns.begin(), turns.end(), [](const Turn& before, const Turn& then) {
    return is_answered(before.told) && !is_answered(then.told);
  });
  if (ends == turns.end()) return;
  const Turn& then = *(ends + 1);
  const Millis answered_for = then.after - Millis(1);
  if (!sum_.next_id.empty() && answered_for >= sum_.next_after) return;
  sum_.next_id = registration_id;
  sum_.next_after = answered_for;
  sum_.next_reason = then.told.reason;
  sum_.next_ends.reset();
  if (then.told.reason == Reason::leaf_certificate_expired) sum_.next_ends = outlook.end;
}

void ForecastSum::add(const std::string& registration_id, const Outlook& outlook) {
  const auto at = [&](Millis after) -> const Decision& {
    const auto later = std::find_if(outlook.turns.begin() + 1, outlook.turns.end(),
                                    [&](const Turn& turn) { return turn.after > after; });
    return (later - 1)->told;
  };
  ++sum_.all;
  const Decision& at_end = at(sum_.span);
  if (is_answered(at_end)) {
    ++sum_.answered;
    if (outlook.end.own_unknown && ++sum_.end_unknown <= first_kept)
      sum_.end_unknown_first.push_back(registration_id);
  } else {
    not_answered(registration_id, at_end.reason, outlook.end);
  }
  for (Forecast::Step& step : sum_.timeline)
    if (is_answered(at(step.after))) ++step.answered;
  drops_out(registration_id, outlook);
}

Forecast ForecastSum::forecast() && {
  std::stable_sort(sum_.not_answered.begin(), sum_.not_answered.end(),
                   [](const NotAnswered& a, const NotAnswered& b) { return a.count > b.count; });
  return std::move(sum_);
}

}  // namespace leafgate
