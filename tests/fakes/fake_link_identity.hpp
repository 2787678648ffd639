#pragma once

#include <utility>

#include "gateway/ports/link_identity.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

class FakeLinkIdentity : public LinkIdentityStore {
 public:
  FailSwitch fail;
  std::optional<SealedKey> held;

  Task<Result<std::optional<SealedKey>>> load() override {
    if (auto error = fail.next()) co_return *error;
    co_return held;
  }
  Task<Result<void>> save(SealedKey key) override {
    if (auto error = fail.next()) co_return *error;
    held = std::move(key);
    co_return Result<void>();
  }
};

}  // namespace leafgate
