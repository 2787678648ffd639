#pragma once

#include <boost/asio/basic_waitable_timer.hpp>

#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// How Asio waits for a LoopClock: the true distance, or "far" in virtual time (the Simulator makes timers
// due).
struct LoopWait {
  static LoopClock::duration to_wait_duration(const LoopClock::duration& d);
  static LoopClock::duration to_wait_duration(const TimePoint& t);
};
using Timer = boost::asio::basic_waitable_timer<LoopClock, LoopWait, Executor>;

// The one door to sleeping (netcore §6): what does not use it is invisible to virtual time.
Task<void> sleep_until(TimePoint when);
Task<void> sleep_for(LoopClock::duration duration);

// Something to wait for that is not a socket. One waiter at a time, same loop as the notifier.
// A notification that comes while nobody waits is kept: the next wait returns at once.
class Wakeup {
 public:
  explicit Wakeup(Executor executor);
  void notify();
  // True when notified, false when `when` came first.
  Task<bool> wait_until(TimePoint when);
  Task<void> wait();

 private:
  Timer timer_;
  bool notified_ = false;
};

}  // namespace leafgate
