#pragma once

#include <functional>
#include <string>

#include "gateway/app/system_clock.hpp"
#include "gateway/flows/meter.hpp"
#include "gateway/ports/site_state.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// What must be done now and then: keep the hours meter and the floor of the clock, at most one row in 15
// minutes (semantics §4), and tell systemd that everything still ticks. First loop only.
// The meter is stored as it will stand when it is stored next, from a minute after the start on, and exactly
// at the end: where the power is cut the time up to then counts as powered. What is trusted may so grow up to
// 15 minutes older by each cut, and never younger, however often there is one.
class Housekeeping {
 public:
  struct Hooks {
    std::function<bool()> alive;  // every loop and the store's writer have run since last asked
    std::function<void(const std::string&)> notify;  // to systemd
    std::function<std::string()> status_line;        // one line for `systemctl status`
    std::function<Task<void>()> keep_more;           // writes what was left to go along with the meter
    LoopClock::duration watchdog{0};  // systemd waits so long for a sign of life; 0: it does not
  };

  Housekeeping(Executor loop, SiteStateStore& store, PoweredMeter& meter, SystemClock& clock, Hooks hooks)
      : store_(store), meter_(meter), clock_(clock), hooks_(std::move(hooks)), wakeup_(loop) {}

  // Until stop(); saves once more at the end.
  Task<void> run();
  void stop();

 private:
  Task<void> save(Millis ahead);

  SiteStateStore& store_;
  PoweredMeter& meter_;
  SystemClock& clock_;
  Hooks hooks_;
  Wakeup wakeup_;
  bool stopping_ = false;
};

}  // namespace leafgate
