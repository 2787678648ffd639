#pragma once

#include "gateway/ports/site_state.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

class FakeSiteState : public SiteStateStore {
 public:
  FailSwitch fail;
  SiteState state;
  std::int64_t writes = 0;

  Task<Result<SiteState>> load() override {
    if (auto error = fail.next()) co_return *error;
    co_return state;
  }
  Task<Result<void>> save(SiteState next) override {
    if (auto error = fail.next()) co_return *error;
    if (next.powered != state.powered || next.latest_wall != state.latest_wall) ++writes;
    state = next;
    co_return Result<void>();
  }
};

class FakeStoreMonitor : public StoreMonitor {
 public:
  StoreHealth state;
  [[nodiscard]] StoreHealth health() const override { return state; }
};

}  // namespace leafgate
