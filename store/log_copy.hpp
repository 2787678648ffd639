#pragma once

#include <chrono>

#include "gateway/runtime/clock.hpp"

namespace leafgate {

// The copying of the log into the database that long work waits for. While it is long, one step goes on
// behind each copy, also where somebody reads the log all the time: it has to come to its end. And one now
// and then while none comes, since whoever copies the log is at a backup. Pure.
class LogCopy {
 public:
  void ask(TimePoint now) {
    if (state_ != State::asked) asked_at_ = now;  // who asks as well makes the wait no longer
    state_ = State::asked;
  }
  void done() { state_ = State::done; }
  // By a step that wrote something: the next one has a wait of its own.
  void use_up() { state_ = State::none; }

  [[nodiscard]] bool is_asked_or_done() const { return state_ != State::none; }
  [[nodiscard]] bool lets_one_step_go_on(TimePoint now) const {
    return state_ == State::done || (state_ == State::asked && now - asked_at_ >= longest_wait);
  }
  static constexpr std::chrono::seconds longest_wait{10};

 private:
  enum class State { none, asked, done };
  State state_ = State::none;
  TimePoint asked_at_{};
};

}  // namespace leafgate
