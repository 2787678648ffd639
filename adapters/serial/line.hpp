#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/serial/primary.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::serial {

// One serial line from start to stop: when its device is taken, given back and looked for. One coroutine of
// the first loop, which outlives it; run() must have returned before this is destroyed.
class Line {
 public:
  Line(const Executor& executor, LineConfig config, std::unique_ptr<Device> device, LeafLink& link,
       NameOf name_of);
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Task<void> run();  // until stop()
  void stop();

  // As Lines::release and Lines::claim have it; conflict: it is so already.
  Task<Result<void>> release();
  Result<void> claim();

  [[nodiscard]] const std::string& name() const { return config_.name; }
  [[nodiscard]] LineFacts facts() const;

 private:
  Task<void> hold();
  Task<Primary::End> sit_out();
  void isolate();
  Task<void> rest(LoopClock::duration span);
  void give_back();
  Task<void> wait_for_device(Error why);
  void enter(LineState state, std::string detail);
  [[nodiscard]] bool is_wanted() const;
  void wake();
  [[nodiscard]] bool is_leaving() const { return is_released_ || is_stopping_; }

  const Executor executor_;
  const LineConfig config_;
  const std::unique_ptr<Device> device_;
  Wakeup wakeup_;
  Primary primary_;
  std::unique_ptr<BytePort> port_;  // while the device is ours
  std::vector<Wakeup*> leaving_;    // who waits until it is not

  bool is_released_ = false;
  bool is_stopping_ = false;
  LineState state_ = LineState::away;
  std::string detail_;
  TimePoint next_look_{};  // hold = window
  LoopClock::duration reopen_;
};

}  // namespace leafgate::serial
