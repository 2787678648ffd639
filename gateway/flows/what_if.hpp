#pragma once

#include <vector>

#include "gateway/flows/decide.hpp"

namespace leafgate {

// What decide() would say to a leaf that comes again as it came last, if the uplink went now. `individual` is
// the enrollment of its id, null when there is none. Pure.
[[nodiscard]] Decision without_uplink(const Registration& registration, const Enrollment* individual,
                                      const std::vector<Enrollment>& groups, PoweredTime powered,
                                      WallReading now, const Policy& policy, Reason doubt = Reason::none);

// Whether such a leaf gets its assignment.
[[nodiscard]] bool is_answered(const Decision& decision);

}  // namespace leafgate
