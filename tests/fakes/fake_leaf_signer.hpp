#pragma once

#include <functional>
#include <vector>

#include "gateway/ports/leaf_signer.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// A leaf at the end of a slow line. Signs with `key`, or gives zeros of the right length where there is none;
// refuses, stays silent, vanishes or signs wrongly on request. Members are open to the tests.
class FakeLeafSigner : public LeafSigner {
 public:
  enum class Mood { signs, refuses, silent, gone, flips_a_bit, empty, overlong };
  Mood mood = Mood::signs;
  Millis latency{50};
  // Signs as the request says (tests/fakes/leaf_key.hpp).
  std::function<Bytes(const SignRequest&)> key;
  std::function<void()> on_request;  // before it answers, when the latency is over

  std::vector<SignRequest> requests;  // all that were asked
  std::vector<TimePoint> deadlines;

  Task<Result<Bytes>> sign(SignRequest request, TimePoint deadline) override {
    requests.push_back(request);
    deadlines.push_back(deadline);
    const bool late = mood == Mood::silent || LoopClock::now() + latency > deadline;
    const TimePoint until = late ? deadline : LoopClock::now() + latency;
    co_await sleep_until(until);
    if (on_request) on_request();
    if (late) co_return Error(Errc::timed_out, "no answer from the leaf");
    if (mood == Mood::refuses) co_return Error(Errc::refused, "the leaf will not sign");
    if (mood == Mood::gone) co_return Error(Errc::unreachable, "the line is dead");
    Bytes signature = key ? key(request) : Bytes(request.scheme == SignatureScheme::es256 ? 64 : 256);
    if (mood == Mood::flips_a_bit) signature.back() ^= 1U;
    if (mood == Mood::empty) signature.clear();
    if (mood == Mood::overlong) signature.resize(600);
    co_return signature;
  }
};

}  // namespace leafgate
