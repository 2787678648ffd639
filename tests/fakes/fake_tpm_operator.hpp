#pragma once

#include <string>
#include <vector>

#include "gateway/ports/tpm_operator.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// The TPM part of an operator's desk in memory. Members are open to tests.
class FakeTpmOperator : public TpmOperator {
 public:
  FailSwitch fail;
  TpmReport report;
  TpmIdentityReport identity;
  std::vector<std::string> changes;  // in order
  TpmSetUpWish wish;
  Actor who;

  Task<TpmReport> tpm_status() override { co_return report; }
  Task<Result<TpmIdentityReport>> tpm_identity() override {
    if (auto error = fail.next()) co_return *error;
    co_return identity;
  }
  Task<Result<void>> tpm_set_up(TpmSetUpWish wanted, Actor actor) override {
    if (auto error = fail.next()) co_return *error;
    wish = std::move(wanted);
    who = std::move(actor);
    changes.emplace_back("setup");
    co_return Result<void>();
  }
  Task<Result<void>> tpm_accept(Actor actor) override {
    if (auto error = fail.next()) co_return *error;
    who = std::move(actor);
    changes.emplace_back("accept");
    co_return Result<void>();
  }
};

}  // namespace leafgate
