#pragma once

#include <string>
#include <unordered_set>

#include "gateway/flows/lru.hpp"
#include "gateway/runtime/rate.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// How often a leaf that proved itself is answered: at once for a burst, then in turn. Who is faster waits for
// its answer instead of being refused, because every SDK takes a refusal as a reason to try again at once. At
// most one register request of an id waits; a newer one sends it away. First loop only.
class AttemptPace {
 public:
  struct Limits {
    double per_second = 0.2;
    double burst = 5;
    std::size_t held = 1'024;  // waiting at the same time, of all ids
    std::size_t ids = 16'384;  // remembered; one that is forgotten may burst again
  };
  enum class Turn {
    at_once,
    later,  // waited for it
    none,   // another took its place, too many wait, or the gateway stops
  };

  explicit AttemptPace(Executor first_loop) : AttemptPace(first_loop, Limits{}) {}
  AttemptPace(Executor first_loop, const Limits& limits)
      : first_loop_(first_loop), limits_(limits), ids_(limits.ids) {}

  // How long the next register request of this id has to wait; zero takes its turn.
  [[nodiscard]] LoopClock::duration wait_of(std::string_view id);
  // Waits that long. After wait_of() gave more than zero.
  Task<Turn> wait(std::string id, LoopClock::duration duration);
  // Sends away who waits, now and later.
  void stop();

 private:
  struct Leaf {
    TokenBucket bucket;
    Wakeup* held = nullptr;  // of the request that waits
  };
  Leaf& leaf(std::string_view id);

  Executor first_loop_;
  Limits limits_;
  LruMap<Leaf> ids_;
  std::unordered_set<Wakeup*> held_;
  bool stopped_ = false;
};

}  // namespace leafgate
