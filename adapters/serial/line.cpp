#include "adapters/serial/line.hpp"

#include <algorithm>
#include <utility>

#include "gateway/runtime/log.hpp"

namespace leafgate::serial {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds first_reopen{250};
constexpr seconds longest_reopen{5};
// A device that was held for so long is not the one that comes and goes.
constexpr seconds steady{5};
// Between looks whether a line that babbled is quiet.
constexpr seconds first_babble_pause{5};
constexpr seconds longest_babble_pause{60};
// hold = window: what others have at least, also while leaves want something.
constexpr seconds least_rest{2};

}  // namespace

Line::Line(const Executor& executor, LineConfig config, std::unique_ptr<Device> device, LeafLink& link,
           NameOf name_of)
    : executor_(executor),
      config_(std::move(config)),
      device_(std::move(device)),
      wakeup_(executor),
      primary_(config_, link, std::move(name_of), [this] { wake(); }),
      reopen_(first_reopen) {}

void Line::wake() {
  wakeup_.notify();
  if (port_) port_->interrupt();
}

void Line::stop() {
  is_stopping_ = true;
  primary_.end();
  wake();
}

bool Line::is_wanted() const {
  if (config_.hold == Hold::always) return true;
  return LoopClock::now() >= next_look_ || primary_.has_mail();
}

Task<void> Line::run() {
  while (!is_stopping_) {
    if (is_released_) {
      co_await wakeup_.wait();
      continue;
    }
    if (!is_wanted()) {
      enter(LineState::waiting, "nothing to do");
      co_await wakeup_.wait_until(next_look_);
      continue;
    }
    auto opened = device_->open();
    if (!opened) {
      co_await wait_for_device(opened.error());
      continue;
    }
    device_->unwatch();
    port_ = std::move(*opened);
    co_await hold();
  }
  primary_.lose_all();
  device_->unwatch();
}

Task<void> Line::wait_for_device(Error why) {
  if (why.code != Errc::conflict) primary_.lose_all();
  enter(why.code == Errc::conflict ? LineState::waiting : LineState::away, std::move(why.detail));
  device_->watch([this] { wakeup_.notify(); });
  co_await wakeup_.wait_until(LoopClock::now() + reopen_);
  reopen_ = std::min<LoopClock::duration>(2 * reopen_, longest_reopen);
}

// From the moment the device is ours until it is given back.
Task<void> Line::hold() {
  const TimePoint begin = LoopClock::now();
  Primary::End end = Primary::End::idle;
  bool is_done = false;
  while (!is_done && !is_leaving()) {
    enter(LineState::working, std::string());
    end = co_await primary_.converse(*port_);
    is_done = true;
    if (end == Primary::End::babbling && config_.hold == Hold::always && !is_leaving()) {
      end = co_await sit_out();
      is_done = end != Primary::End::idle;
    }
  }
  give_back();
  next_look_ = LoopClock::now() + config_.look_every;
  if (LoopClock::now() - begin >= steady) reopen_ = first_reopen;
  if (end == Primary::End::gone || end == Primary::End::stalled) {
    Error why;
    why.code = Errc::unreachable;
    why.detail = primary_.trouble();
    next_look_ = TimePoint();
    co_await wait_for_device(std::move(why));
  } else if (end == Primary::End::babbling && !is_leaving()) {
    isolate();
    co_await rest(config_.look_every);
  } else if (end == Primary::End::idle && !is_leaving()) {
    reopen_ = first_reopen;
    enter(LineState::waiting, "nothing to do");
    co_await rest(least_rest);
  }
}

Task<void> Line::rest(LoopClock::duration span) {
  const TimePoint until = LoopClock::now() + span;
  while (LoopClock::now() < until && !is_leaving()) co_await wakeup_.wait_until(until);
}

void Line::isolate() {
  primary_.lose_all();
  enter(LineState::babbling, "something on the line talks unasked");
}

// Nothing is asked while something else talks; now and then it is heard whether it stopped.
Task<Primary::End> Line::sit_out() {
  isolate();
  LoopClock::duration pause = first_babble_pause;
  Primary::End end = Primary::End::babbling;
  while (end == Primary::End::babbling && !is_leaving()) {
    co_await rest(pause);
    if (!is_leaving()) end = co_await primary_.look_whether_quiet(*port_);
    pause = std::min<LoopClock::duration>(2 * pause, longest_babble_pause);
  }
  co_return end;
}

void Line::give_back() {
  port_.reset();
  for (Wakeup* const each : std::exchange(leaving_, {})) each->notify();
}

void Line::enter(LineState state, std::string detail) {
  const auto is_usual = [](LineState each) {
    return each == LineState::working || each == LineState::waiting;
  };
  // A window opens and closes every minute.
  const bool is_news = config_.hold == Hold::always || !is_usual(state) || !is_usual(state_);
  if (state != state_ || detail != detail_) {
    log::write(is_news ? log::Level::notice : log::Level::debug, "line",
               {{"line", config_.name}, {"state", to_text(state)}, {"detail", detail}});
  }
  state_ = state;
  detail_ = std::move(detail);
}

Task<Result<void>> Line::release() {
  if (is_released_) co_return Error(Errc::conflict, "released already");
  is_released_ = true;
  primary_.end();
  wake();
  if (port_) {
    Wakeup left(executor_);
    leaving_.push_back(&left);
    co_await left.wait();
    if (!is_released_) co_return Error(Errc::conflict, "claimed again meanwhile");
  }
  primary_.lose_all();
  device_->unwatch();
  enter(LineState::released, std::string());
  co_return Result<void>();
}

Result<void> Line::claim() {
  if (!is_released_) return Error(Errc::conflict, "not released");
  is_released_ = false;
  next_look_ = TimePoint();
  reopen_ = first_reopen;
  enter(LineState::away, std::string());
  wake();
  return {};
}

LineFacts Line::facts() const {
  LineFacts facts;
  facts.name = config_.name;
  facts.path = config_.path;
  facts.baud = config_.baud;
  facts.multidrop = config_.multidrop;
  facts.state = state_;
  facts.detail = detail_;
  if (state_ == LineState::working && !primary_.has_leaves()) facts.state = LineState::silent;
  primary_.tell(facts);
  return facts;
}

}  // namespace leafgate::serial
