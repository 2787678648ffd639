#include "gateway/flows/attempt_pace.hpp"

namespace leafgate {

AttemptPace::Leaf& AttemptPace::leaf(std::string_view id) {
  if (Leaf* known = ids_.find(id)) return *known;
  return ids_.put(id, Leaf{TokenBucket(limits_.per_second, limits_.burst)});
}

LoopClock::duration AttemptPace::wait_of(std::string_view id) {
  const TimePoint now = LoopClock::now();
  Leaf& asking = leaf(id);
  if (asking.held == nullptr && asking.bucket.take(now)) return LoopClock::duration::zero();
  return asking.bucket.wait(now) + LoopClock::duration(1);
}

Task<AttemptPace::Turn> AttemptPace::wait(std::string id, LoopClock::duration duration) {
  Leaf& asking = leaf(id);
  if (asking.held != nullptr)
    asking.held->notify();
  else if (held_.size() >= limits_.held || stopped_)
    co_return Turn::none;
  Wakeup wakeup(first_loop_);
  asking.held = &wakeup;
  held_.insert(&wakeup);
  const TimePoint until = LoopClock::now() + duration;
  const bool sent_away = co_await wakeup.wait_until(until);
  held_.erase(&wakeup);
  // Found anew: while this waited, the leaf may have been forgotten and remembered again.
  Leaf& again = leaf(id);
  if (again.held == &wakeup) again.held = nullptr;
  if (sent_away) co_return Turn::none;
  (void)again.bucket.take(until);
  co_return Turn::later;
}

void AttemptPace::stop() {
  stopped_ = true;
  for (Wakeup* waiting : held_) waiting->notify();
}

}  // namespace leafgate
