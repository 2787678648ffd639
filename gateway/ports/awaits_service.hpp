#pragma once

#include "gateway/ports/registrar.hpp"

namespace leafgate {

// Whether the service is being asked for a leaf that nothing here can check. Only who polls for that hears
// the end of it, so its connection is kept, however long its turn takes: those that may wait so are few of a
// source. Whoever waits for anything else can come back and ask anew.
[[nodiscard]] inline bool awaits_service(const Answer& answer) {
  constexpr int assigning = 202;
  return answer.status == assigning && answer.reason == Reason::relayed;
}

}  // namespace leafgate
