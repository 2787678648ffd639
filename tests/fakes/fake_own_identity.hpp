#pragma once

#include <utility>

#include "gateway/ports/own_identity.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

class FakeOwnIdentity : public OwnIdentityStore {
 public:
  FailSwitch fail;
  std::optional<OwnIdentity> held;

  Task<Result<std::optional<OwnIdentity>>> load() override {
    if (auto error = fail.next()) co_return *error;
    co_return held;
  }
  Task<Result<void>> save(OwnIdentity identity) override {
    if (auto error = fail.next()) co_return *error;
    held = std::move(identity);
    co_return Result<void>();
  }
};

}  // namespace leafgate
