#include "gateway/flows/sync_desk.hpp"

namespace leafgate {

Task<SyncReport> SyncDesk::sync_report() {
  auto here = report_here();
  co_return co_await run_on(first_loop_, std::move(here));
}

Task<Result<void>> SyncDesk::sync_now(Actor who) {
  auto change = start_here();
  auto here = audited_.carry(std::move(who), "sync", "enrollments", std::move(change));
  co_return co_await run_on(first_loop_, std::move(here));
}

SyncReport SyncDesk::told() const {
  SyncReport report = sync_.report();
  if (renewals_) report.renewals = renewals_();
  return report;
}

Task<SyncReport> SyncDesk::report_here() {
  auto groups = co_await ledger_.groups();
  SyncReport report = told();
  if (groups) report.missing_cas = missing_cas(**groups);  // else the store's fault is told elsewhere
  co_return report;
}

Task<Result<void>> SyncDesk::start_here() {
  sync_.start_now();
  co_return Result<void>();
}

}  // namespace leafgate
