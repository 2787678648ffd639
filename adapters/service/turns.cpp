#include "adapters/service/turns.hpp"

namespace leafgate::service {

Task<Result<Turns::Turn>> Turns::take() {
  if (free_ > 0) {
    --free_;
    co_return Turn(*this);
  }
  Waiter waiter(loop_);
  queue_.push_back(&waiter);
  co_await waiter.wakeup.wait();
  if (waiter.sent_away) co_return *waiter.sent_away;
  co_return Turn(*this);  // passed on by who had it
}

void Turns::pass_on() {
  if (queue_.empty()) {
    ++free_;
    return;
  }
  queue_.front()->wakeup.notify();
  queue_.pop_front();
}

void Turns::send_away(const Error& why) {
  for (Waiter* waiter : queue_) {
    waiter->sent_away = why;
    waiter->wakeup.notify();
  }
  queue_.clear();
}

}  // namespace leafgate::service
