#pragma once

#include <tuple>

#include "gateway/model/enrollment.hpp"

namespace leafgate {

// The order in which the store has them, and takes them in fastest.
[[nodiscard]] inline bool is_before(const Enrollment& a, const Enrollment& b) {
  return std::tie(a.kind, a.id) < std::tie(b.kind, b.id);
}

}  // namespace leafgate
