#pragma once

#include "gateway/model/reason.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// Whether the service can be reached, as the forwarder has found out; unknown at start counts as up.
struct LinkState {
  bool up = true;
  Reason reason = Reason::none;  // why it is down
  WallTime since{};              // up, or down, whatever the reasons
  WallTime reason_since{};
};

// Outward seen from deciding code: asks the last known state; never probes. First loop only.
class Link {
 public:
  virtual ~Link() = default;
  [[nodiscard]] virtual LinkState state() const = 0;
};

}  // namespace leafgate
