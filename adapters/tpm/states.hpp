#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "gateway/model/tpm.hpp"
#include "gateway/runtime/backoff.hpp"

namespace leafgate::tpm {

// What became known of the TPM.
enum class Event : std::uint8_t {
  no_device,  // it cannot even be opened
  no_answer,  // it broke off, or a deadline passed
  built,      // it answered, is the expected one, and everything is laid out on it
  restarted,  // it has forgotten our handles
  failing,    // it is in failure mode: asked again, it still says so
  locked,     // it takes no authorization
  foreign,    // its keys are not the expected ones
};

// What is to be done next.
enum class Action : std::uint8_t {
  serve,       // work; look after it when idle
  retry,       // drop everything, and build anew after a pause that grows
  rebuild,     // drop everything, and build anew at once
  wait,        // send nothing that authorizes until its recovery time has passed
  look_again,  // keep off; see now and then whether the right one is back
};

struct Step {
  TpmState state;
  Action action;
  friend bool operator==(const Step&, const Step&) = default;
};

// The table of tpm.md §7.3. Pure.
[[nodiscard]] Step next_step(TpmState state, Event event);

struct Pauses {
  std::chrono::milliseconds absent_first{1000}, absent_most{60'000};
  std::chrono::milliseconds lost_first{100}, lost_most{30'000};
  std::chrono::milliseconds failed{60'000};
  std::chrono::milliseconds look{10'000};  // how often an idle TPM is looked after
  // At most, between two looks whether it has recovered, which authorize nothing.
  std::chrono::milliseconds locked{10'000};
};

// The state, and how long to wait before the action is due. One thread.
class States {
 public:
  // `random` gives 64 uniform bits.
  States(const Pauses& pauses, std::function<std::uint64_t()> random);

  [[nodiscard]] TpmState state() const { return state_; }
  Action on(Event event);
  // Before what on() gave last is done; for Action::wait, `recovery` is what the TPM says.
  [[nodiscard]] std::chrono::milliseconds pause(std::chrono::milliseconds recovery);

 private:
  const Pauses pauses_;
  TpmState state_ = TpmState::absent;
  Action action_ = Action::rebuild;
  Backoff absent_;
  Backoff lost_;
};

}  // namespace leafgate::tpm
