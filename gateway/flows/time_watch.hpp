#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "gateway/flows/admit.hpp"
#include "gateway/flows/clock_jumps.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/untimed_proofs.hpp"

namespace leafgate {

// What follows when the gateway learns what time it is (semantics §5). Promises made on proofs that nobody
// could date are judged by the true time they were made at: a stale one is taken back, and the leaf has to
// register anew; what the service was not told for want of a token goes on at once. That the clock was set is
// told, and certificates are looked at again; no timer, no trust and no queue goes by the calendar, so
// nothing is discarded because of it. First loop only.
class TimeWatch {
 public:
  struct Ports {
    const WallClock& clock;
    Ledger& ledger;
    Forwarder& forwarder;
    Admission& admission;
    UntimedProofs& proofs;
    EventSink* events = nullptr;
  };
  struct Tally {
    std::uint64_t jumps = 0;
    std::uint64_t held_good = 0;  // proofs that were in their time
    std::uint64_t stale = 0;      // and that were not
  };

  TimeWatch(Executor loop, Ports ports) : ports_(ports), wakeup_(loop) {}

  // Called when the clock was set, or when it turned out to be right. Before run().
  void on_change(std::function<void()> hook) { changed_ = std::move(hook); }
  // Looks every few seconds. Until stop().
  Task<void> run();
  void stop();

  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] const UntimedProofs& proofs() const { return ports_.proofs; }

 private:
  Task<void> look();
  Task<bool> judge_all();
  Task<bool> judge(UntimedProof proof);
  [[nodiscard]] bool is_stale(const std::optional<TakenProof>& proof) const;
  void tell_jump(Millis jump, WallReading now);
  void tell_dropped();
  void tell(Event event);

  Ports ports_;
  Wakeup wakeup_;
  std::function<void()> changed_;
  ClockJumps jumps_;
  Tally tally_;
  bool was_trusted_ = true;
  std::uint64_t dropped_told_ = 0;
  bool stopping_ = false;
};

}  // namespace leafgate
