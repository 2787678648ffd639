#include "gateway/net/gate.hpp"

#include <algorithm>
#include <iterator>

#include <boost/asio/post.hpp>

namespace leafgate::net {
namespace {

// What may begin at once: more than comes together between two looks.
double burst_of(double per_second) { return std::max(1.0, per_second / 4); }

// Everybody is looked at, and there may be thousands: not at every look.
constexpr std::chrono::seconds between_searches(1);

}  // namespace

Gate::Gate(const Executor& executor, Limits limits)
    : executor_(executor), limits_(limits), pace_(limits.per_second, burst_of(limits.per_second)) {}

void Gate::enter(Visitor visitor, std::unique_ptr<Guest> guest) {
  if (stopped_) return call(std::move(guest), Error(Errc::stopped, "stopping"));
  Source& own = sources_[visitor.source];
  own.bound = std::min(limits_.per_source, visitor.at_most);
  unpark(own);
  const bool countable = own.counted < own.bound;
  if (countable) ++own.counted;
  if (countable && nobody_queues() && may_begin()) {
    ++taken_;
    return call(std::move(guest), Slot(*this, visitor.source));
  }
  Queue& queue = countable ? queue_of(visitor.known) : own.parked;
  queue.push_back({std::move(guest), LoopClock::now(), visitor.source, visitor.known, countable});
  ++waiting_;
  admit_next();  // a raised bound may have let others queue
}

void Gate::call(std::unique_ptr<Guest> guest, Result<Slot> slot) {
  boost::asio::post(executor_, [guest = std::move(guest), slot = std::move(slot)]() mutable {
    guest->called(std::move(slot));
  });
}

void Gate::look() {
  const TimePoint now = LoopClock::now();
  if (waiting_ != 0 && now - between_searches >= searched_) {
    searched_ = now;
    send_away(now - limits_.longest_wait, Error(Errc::timed_out, "waited too long for its turn"));
  }
  if (limits_.per_second > 0) admit_next();
}

void Gate::stop() {
  stopped_ = true;
  send_away(TimePoint::max(), Error(Errc::stopped, "stopping"));
}

// Everybody first, so that uncount() picks none of them.
void Gate::send_away(TimePoint since_before, const Error& why) {
  Queue leaving;
  const auto pick_out = [&](Queue& queue) {
    for (auto next = queue.begin(); next != queue.end();) {
      const auto one = next++;
      if (one->since <= since_before) leaving.splice(leaving.end(), queue, one);
    }
  };
  pick_out(known_);
  pick_out(others_);
  for (auto& [key, source] : sources_) pick_out(source.parked);
  waiting_ -= leaving.size();
  for (Waiter& waiter : leaving) {
    call(std::move(waiter.guest), why);
    if (waiter.counted) uncount(waiter.source);
  }
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
    const auto next = pick(source.parked);
    next->counted = true;
    ++source.counted;
    Queue& queue = queue_of(next->known);
    queue.splice(queue.end(), source.parked, next);
  }
}

void Gate::admit_next() {
  while (!stopped_ && !nobody_queues() && may_begin()) {
    Queue& queue = known_.empty() ? others_ : known_;
    const auto next = pick(queue);
    ++taken_;
    --waiting_;
    call(std::move(next->guest), Slot(*this, next->source));
    queue.erase(next);
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

Gate::Queue::iterator Gate::pick(Queue& from) const {
  const bool late = LoopClock::now() - from.front().since >= limits_.newest_first_after;
  return late ? std::prev(from.end()) : from.begin();
}

}  // namespace leafgate::net
