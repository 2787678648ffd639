#pragma once

#include <memory>

#include "gateway/ports/presence.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate::tunnel {

class Passage;

// By which others end a passage whose leaf is kept out. Outlives it in their hands.
class PassagePresence final : public Presence, public std::enable_shared_from_this<PassagePresence> {
 public:
  explicit PassagePresence(const Executor& loop) : loop_(loop) {}

  // As long as there is one; on its loop.
  void is(Passage* passage) { passage_ = passage; }

 private:
  void end() override;

  Executor loop_;  // the passage's
  Passage* passage_ = nullptr;
};

}  // namespace leafgate::tunnel
