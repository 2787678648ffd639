#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "gateway/model/result.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::service {

// Bounds how many requests are under way to the service, and so how many connections to it are open: after an
// outage a thousand operations may want to ask at once. Who comes first goes first. One loop only.
class Turns {
 public:
  Turns(const Executor& loop, std::size_t places) : loop_(loop), free_(places) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  // Given back when destroyed. Must not outlive its Turns.
  class Turn {
   public:
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->pass_on();
    }

   private:
    friend class Turns;
    explicit Turn(Turns& turns) : turns_(&turns) {}
    Turns* turns_;
  };

  // Waits for as long as it takes. Errors: what send_away() was given.
  Task<Result<Turn>> take();
  // Everybody who waits now goes away with this error; who comes later waits as ever.
  void send_away(const Error& why);

  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }

 private:
  struct Waiter {
    explicit Waiter(const Executor& loop) : wakeup(loop) {}
    Wakeup wakeup;
    std::optional<Error> sent_away;
  };
  void pass_on();

  Executor loop_;
  std::size_t free_;
  std::deque<Waiter*> queue_;  // each stands in the frame that waits
};

}  // namespace leafgate::service
