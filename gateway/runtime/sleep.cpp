#include "gateway/runtime/sleep.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

#include "gateway/runtime/virtual_time.hpp"

namespace leafgate {
namespace asio = boost::asio;

namespace {

// Long enough that the reactor never wakes by itself for it, short enough for its arithmetic.
constexpr LoopClock::duration far = std::chrono::hours(24);

}  // namespace

LoopClock::duration LoopWait::to_wait_duration(const LoopClock::duration& d) {
  if (d <= LoopClock::duration::zero()) return LoopClock::duration::zero();
  if (virtual_time() != nullptr || d > far) return far;
  return d;
}

LoopClock::duration LoopWait::to_wait_duration(const TimePoint& t) {
  // No subtraction first: max() minus a small now is fine, min() minus it would overflow.
  const auto now = LoopClock::now();
  return to_wait_duration(t <= now ? LoopClock::duration::zero() : t - now);
}

Task<void> sleep_until(TimePoint when) {
  const auto executor = co_await asio::this_coro::executor;
  Timer timer(executor);
  const PendingExpiry known(when, timer);
  boost::system::error_code ignored;  // cancelled: the sleeper wakes early, its caller looks at the clock
  co_await timer.async_wait(asio::redirect_error(use_task, ignored));
}

Task<void> sleep_for(LoopClock::duration duration) {
  const TimePoint now = LoopClock::now();
  const bool forever = duration > TimePoint::max() - now;
  return sleep_until(forever ? TimePoint::max() : now + duration);
}

Wakeup::Wakeup(Executor executor) : timer_(executor) {}

void Wakeup::notify() {
  notified_ = true;
  timer_.cancel();
}

Task<bool> Wakeup::wait_until(TimePoint when) {
  if (!notified_) {
    const PendingExpiry known(when, timer_);
    boost::system::error_code ignored;  // cancelled means notified, and the flag tells that
    co_await timer_.async_wait(asio::redirect_error(use_task, ignored));
  }
  const bool notified = notified_;
  notified_ = false;
  co_return notified;
}

Task<void> Wakeup::wait() {
  bool notified = false;
  while (!notified) notified = co_await wait_until(TimePoint::max());
}

}  // namespace leafgate
