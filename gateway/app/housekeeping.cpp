#include "gateway/app/housekeeping.hpp"

#include <algorithm>

#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::minutes save_every{15};
constexpr std::chrono::minutes first_save_after{1};
constexpr LoopClock::duration look_every = std::chrono::seconds(10);  // WatchdogSec is 30 s

// Twice in that time, as sd_watchdog_enabled(3) asks for; a drop-in may have shortened it.
LoopClock::duration interval(LoopClock::duration watchdog) {
  return watchdog.count() > 0 ? std::min(look_every, watchdog / 2) : look_every;
}

}  // namespace

Task<void> Housekeeping::run() {
  TimePoint save_at = LoopClock::now() + first_save_after;
  while (!stopping_) {
    co_await wakeup_.wait_until(LoopClock::now() + interval(hooks_.watchdog));
    if (stopping_) break;
    if (hooks_.alive()) {
      hooks_.notify("WATCHDOG=1\nSTATUS=" + hooks_.status_line());
    } else {
      log::warning("a loop or the store's writer has not run since the last look");
    }
    if (LoopClock::now() < save_at) continue;
    save_at = LoopClock::now() + save_every;
    co_await save(std::chrono::duration_cast<Millis>(save_every + look_every));
  }
  co_await save(Millis(0));
}

void Housekeeping::stop() {
  stopping_ = true;
  wakeup_.notify();
}

Task<void> Housekeeping::save(Millis ahead) {
  SiteState state;
  state.powered = meter_.now() + ahead;
  const WallReading now = clock_.now();
  if (now.quality == ClockQuality::synced) clock_.was_synced(now.at);
  state.latest_wall = clock_.floor();
  auto saved = co_await store_.save(state);
  if (!saved) log::warning("the hours meter was not saved", {{"detail", saved.error().detail}});
  co_await hooks_.keep_more();
}

}  // namespace leafgate
