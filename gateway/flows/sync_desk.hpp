#pragma once

#include <functional>

#include "gateway/flows/audited.hpp"
#include "gateway/flows/sync.hpp"

namespace leafgate {

// Answers the engineer about the sync, and begins one. Lives on the first loop; may be asked from any.
class SyncDesk : public SyncOperator {
 public:
  // Both outlive it.
  SyncDesk(Executor first_loop, Sync& sync, Ledger& ledger, Audited audited)
      : first_loop_(first_loop), sync_(sync), ledger_(ledger), audited_(std::move(audited)) {}

  // Who else confirms leaves, for the report. Before the first question.
  void renewals_are(std::function<Renewing()> told) { renewals_ = std::move(told); }

  [[nodiscard]] SyncReport told() const;  // as Sync::report() says; on the first loop
  Task<SyncReport> sync_report() override;
  Task<Result<void>> sync_now(Actor who) override;

 private:
  Task<SyncReport> report_here();
  Task<Result<void>> start_here();

  Executor first_loop_;
  Sync& sync_;
  Ledger& ledger_;
  Audited audited_;
  std::function<Renewing()> renewals_;
};

}  // namespace leafgate
