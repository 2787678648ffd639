#include "gateway/net/gate.hpp"

namespace leafgate::net {

Gate::Gate(const Executor& executor, Limits limits) : executor_(executor), limits_(limits) {}

Task<Result<Gate::Slot>> Gate::enter(std::uint64_t source) {
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  Source& own = sources_[source];
  const bool countable = own.counted < limits_.per_source;
  if (countable) ++own.counted;
  if (countable && taken_ < limits_.places && queue_.empty()) {
    ++taken_;
    co_return Slot(*this, source);
  }
  Waiter waiter(executor_);
  waiter.since = LoopClock::now();
  waiter.counted = countable;
  if (countable) {
    queue_.push_back(waiter);
  } else {
    own.parked.push_back(waiter);
  }
  ++waiting_;
  (void)co_await waiter.wakeup.wait_until(waiter.since + limits_.longest_wait);
  --waiting_;
  if (waiter.admitted) co_return Slot(*this, source);
  waiter.unlink();  // first, so that uncount() does not pick this one
  if (waiter.counted) uncount(source);
  if (stopped_) co_return Error(Errc::stopped, "stopping");
  co_return Error(Errc::timed_out, "waited too long for its turn");
}

void Gate::stop() {
  stopped_ = true;
  wake_all(queue_);
  for (auto& [key, source] : sources_) wake_all(source.parked);
}

void Gate::wake_all(Queue& queue) {
  for (Waiter& waiter : queue) waiter.wakeup.notify();
}

void Gate::leave(std::uint64_t source) {
  --taken_;
  uncount(source);
  admit_next();
}

// One of this source is neither in progress nor queued any more: another of it may queue.
void Gate::uncount(std::uint64_t source) {
  const auto found = sources_.find(source);
  Source& own = found->second;
  --own.counted;
  if (!own.parked.empty()) {
    Waiter& next = pick(own.parked);
    next.unlink();
    next.counted = true;
    ++own.counted;
    queue_.push_back(next);
  }
  if (own.counted == 0) sources_.erase(found);
}

void Gate::admit_next() {
  while (!stopped_ && taken_ < limits_.places && !queue_.empty()) {
    Waiter& next = pick(queue_);
    next.unlink();
    next.admitted = true;
    ++taken_;
    next.wakeup.notify();
  }
}

Gate::Waiter& Gate::pick(Queue& from) const {
  const bool late = LoopClock::now() - from.front().since >= limits_.newest_first_after;
  return late ? from.back() : from.front();
}

}  // namespace leafgate::net
