#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/flows/passes.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/ports/registrations.hpp"

namespace leafgate {

// Whether a leaf that was assigned has come by on its way to its hub (tunnel.hubs).
struct TowardHub {
  std::optional<WallTime> seen;  // when it last did, since the start
  bool never = false;            // it had the time to, and did not
};

// The address that the leaf itself last came from, and when; absent where its notes name none.
struct LastCame {
  std::string address;
  WallTime at{};
};
[[nodiscard]] std::optional<LastCame> last_came(const std::vector<AttemptNote>& notes);

// Judged by the address: which of the leaves behind it goes to a hub, a passed connection does not tell. A
// leaf has two minutes to be on its way; so has everybody after the start, which ended what passed before.
[[nodiscard]] TowardHub toward_hub(const std::optional<Assignment>& assignment,
                                   const std::vector<AttemptNote>& notes, const Passes& passes,
                                   Millis since_start, WallTime now);

}  // namespace leafgate
