#include "adapters/tpm/states.hpp"

#include <algorithm>
#include <utility>

namespace leafgate::tpm {

Step next_step(TpmState state, Event event) {
  switch (event) {
    case Event::no_device:
      // One that was there is lost, not absent: somebody expects it back soon.
      if (state == TpmState::absent) return {TpmState::absent, Action::retry};
      return {TpmState::lost, Action::retry};
    case Event::no_answer:
      return {TpmState::lost, Action::retry};
    case Event::built:
      return {TpmState::ready, Action::serve};
    case Event::restarted:
      // Forgets while everything is being built: one at a time, or two programs would chase each other.
      if (state == TpmState::restarted) return {TpmState::lost, Action::retry};
      return {TpmState::restarted, Action::rebuild};
    case Event::failing:
      return {TpmState::failed, Action::retry};
    case Event::locked:
      return {TpmState::locked, Action::wait};
    case Event::foreign:
      return {TpmState::foreign, Action::look_again};
  }
  return {TpmState::lost, Action::retry};
}

States::States(const Pauses& pauses, std::function<std::uint64_t()> random)
    : pauses_(pauses),
      absent_(pauses.absent_first, pauses.absent_most, random),
      lost_(pauses.lost_first, pauses.lost_most, std::move(random)) {}

Action States::on(Event event) {
  const Step step = next_step(state_, event);
  state_ = step.state;
  action_ = step.action;
  if (action_ == Action::serve) {
    absent_.reset();
    lost_.reset();
  }
  return action_;
}

std::chrono::milliseconds States::pause(std::chrono::milliseconds recovery) {
  switch (action_) {
    case Action::serve:
    case Action::look_again:
      return pauses_.look;
    case Action::rebuild:
      return std::chrono::milliseconds(0);
    case Action::wait:
      return std::clamp(recovery, std::chrono::milliseconds(1), pauses_.locked);
    case Action::retry:
      if (state_ == TpmState::absent) return absent_.next();
      return state_ == TpmState::failed ? pauses_.failed : lost_.next();
  }
  return pauses_.look;
}

}  // namespace leafgate::tpm
