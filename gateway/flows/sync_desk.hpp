#pragma once

#include <functional>

#include "gateway/flows/audited.hpp"
#include "gateway/flows/sync.hpp"

namespace leafgate {

// Answers the engineer about the sync, and begins one. Lives on the first loop; may be asked from any.
class SyncDesk : public SyncOperator {
 public:
  // `sync` outlives it.
  SyncDesk(Executor first_loop, Sync& sync, Audited audited)
      : first_loop_(first_loop), sync_(sync), audited_(std::move(audited)) {}

  // Who else confirms leaves, for the report. Before the first question.
  void renewals_are(std::function<Renewing()> told) { renewals_ = std::move(told); }

  [[nodiscard]] SyncReport told() const;  // on the first loop
  Task<SyncReport> sync_report() override;
  Task<Result<void>> sync_now(Actor who) override;

 private:
  Task<SyncReport> report_here();
  Task<Result<void>> start_here();

  Executor first_loop_;
  Sync& sync_;
  Audited audited_;
  std::function<Renewing()> renewals_;
};

}  // namespace leafgate
