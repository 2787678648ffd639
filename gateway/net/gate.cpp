#include "gateway/net/gate.hpp"

#include <algorithm>

namespace leafgate::net {
namespace {

// What may begin at once: more than comes together between two looks.
double burst_of(double per_second) { return std::max(1.0, per_second / 4); }

}  // namespace

Gate::Gate(const Executor& executor, Limits limits)
    : executor_(executor), limits_(limits), pace_(limits.per_second, burst_of(limits.per_second)) {}

Task<Result<Gate::Slot>> Gate::enter(Visitor visitor) {
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  Source& own = sources_[visitor.source];
  own.bound = std::min(limits_.per_source, visitor.at_most);
  unpark(own);
  const bool countable = own.counted < own.bound;
  if (countable) ++own.counted;
  if (countable && nobody_queues() && may_begin()) {
    ++taken_;
    co_return Slot(*this, visitor.source);
  }
  Waiter waiter(executor_);
  waiter.since = LoopClock::now();
  waiter.known = visitor.known;
  waiter.counted = countable;
  if (countable) {
    queue_of(waiter).push_back(waiter);
  } else {
    own.parked.push_back(waiter);
  }
  admit_next();  // a raised bound may have let others queue
  ++waiting_;
  (void)co_await waiter.wakeup.wait_until(waiter.since + limits_.longest_wait);
  --waiting_;
  if (waiter.admitted) co_return Slot(*this, visitor.source);
  waiter.unlink();  // first, so that uncount() does not pick this one
  if (waiter.counted) uncount(visitor.source);
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  co_return Error(Errc::timed_out, "waited too long for its turn");
}

void Gate::look() {
  if (limits_.per_second > 0) admit_next();
}

void Gate::stop() {
  stopped_ = true;
  wake_all(known_);
  wake_all(others_);
  for (auto& [key, source] : sources_) wake_all(source.parked);
}

void Gate::wake_all(Queue& queue) {
  for (Waiter& waiter : queue) waiter.wakeup.notify();
}

void Gate::leave() {
  --taken_;
  admit_next();
}

// One of this source is neither in progress nor pending nor queued any more: another of it may queue.
void Gate::uncount(std::uint64_t source) {
  const auto found = sources_.find(source);
  Source& own = found->second;
  --own.counted;
  unpark(own);
  if (own.counted == 0) sources_.erase(found);
  admit_next();
}

void Gate::unpark(Source& source) {
  while (source.counted < source.bound && !source.parked.empty()) {
    Waiter& next = pick(source.parked);
    next.unlink();
    next.counted = true;
    ++source.counted;
    queue_of(next).push_back(next);
  }
}

void Gate::admit_next() {
  while (!stopped_ && !nobody_queues() && may_begin()) {
    Waiter& next = pick(known_.empty() ? others_ : known_);
    next.unlink();
    next.admitted = true;
    ++taken_;
    next.wakeup.notify();
  }
}

bool Gate::may_begin() {
  if (taken_ >= limits_.places) return false;
  return limits_.per_second <= 0 || pace_.take(LoopClock::now());
}

bool Gate::wants(std::uint64_t source) const {
  if (taken_ >= limits_.places && !nobody_queues()) return true;
  const auto found = sources_.find(source);
  return found != sources_.end() && !found->second.parked.empty();
}

Gate::Waiter& Gate::pick(Queue& from) const {
  const bool late = LoopClock::now() - from.front().since >= limits_.newest_first_after;
  return late ? from.back() : from.front();
}

}  // namespace leafgate::net
