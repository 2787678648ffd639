#pragma once

#include <algorithm>
#include <utility>

#include "gateway/model/ids.hpp"
#include "gateway/ports/expectations.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// A commissioning list in memory.
class FakeExpectations : public Expectations {
 public:
  FailSwitch fail;
  std::vector<ExpectedLeaf> held;

  Task<Result<std::vector<ExpectedLeaf>>> load() override {
    if (auto error = fail.next()) co_return *error;
    co_return held;
  }
  Task<Result<void>> replace(std::vector<ExpectedLeaf> leaves) override {
    if (auto error = fail.next()) co_return *error;
    held = std::move(leaves);
    std::sort(held.begin(), held.end(), [](const ExpectedLeaf& a, const ExpectedLeaf& b) {
      return ascii_lower(a.registration_id) < ascii_lower(b.registration_id);
    });
    co_return Result<void>();
  }
};

}  // namespace leafgate
