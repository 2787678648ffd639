#pragma once

#include <utility>
#include <vector>

#include "gateway/ports/journal.hpp"

namespace leafgate {

// Keeps what doors tell it. One thread.
class FakeJournal final : public Journal {
 public:
  void note(DoorEvent event) override { events.push_back(std::move(event)); }

  std::vector<DoorEvent> events;
};

}  // namespace leafgate
