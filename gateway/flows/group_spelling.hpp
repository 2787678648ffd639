#pragma once

#include <string>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate {

// The id of a group as it is held here, or as it comes where none of this name is. The service takes ids
// without regard to case (service sheet, trap 24); here keys are sealed under one spelling of it. Pure.
[[nodiscard]] inline std::string held_spelling(const std::vector<Enrollment>& groups, std::string id) {
  const Enrollment* held = nullptr;
  for (const Enrollment& group : groups) {
    if (group.id == id) return id;
    if (equal_ignoring_case(group.id, id)) held = &group;
  }
  return held == nullptr ? id : held->id;
}

}  // namespace leafgate
