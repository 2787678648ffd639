#pragma once

#include <algorithm>
#include <cstdint>

#include "gateway/model/client_family.hpp"

namespace leafgate {

// What a leaf is told to wait that has probably this long to wait, so that thousands that came at once do not
// come back at once: within what its SDK obeys, in whole seconds, anywhere in the upper half of that. Up to 4
// s are told as they are: that is one round to the service. `chance`: any number, evenly spread. Pure.
[[nodiscard]] inline Seconds spread(ClientFamily family, Millis expected, std::uint64_t chance) {
  constexpr Seconds one_round{4};
  const Seconds top = retry_after_for(family, std::max(Seconds(1), std::chrono::ceil<Seconds>(expected)));
  if (top <= one_round) return top;
  const Seconds bottom = std::max(obeyed_by(family).least, Seconds((top.count() + 1) / 2));
  const auto steps = static_cast<std::uint64_t>((top - bottom).count()) + 1;
  return bottom + Seconds(static_cast<Seconds::rep>(chance % steps));
}

}  // namespace leafgate
