#pragma once

#include "gateway/ports/reconciliations.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// In the tables `promise` and `outage`; SqliteRegistrations writes to them too.
class SqliteReconciliations : public Reconciliations {
 public:
  SqliteReconciliations(Writer& writer, Worker& reader) : writer_(writer), reader_(reader) {}

  Task<Result<std::optional<Promise>>> find(std::string_view registration_key) override;
  Task<Result<std::vector<Promise>>> list(PromiseFilter filter) override;
  Task<Result<PromiseCounts>> counts() override;
  Task<Result<std::vector<std::string>>> concerned(std::string after, std::size_t limit) override;
  Task<Result<bool>> remember(Promise promise) override;
  Task<Result<void>> object(std::string registration_key, Reason why) override;
  Task<Result<void>> passed(std::string registration_key) override;
  Task<Result<void>> refuse(std::string registration_key, Reason why, WallTime at, bool told) override;
  Task<Result<void>> told(std::string registration_key) override;
  Task<Result<std::size_t>> clear(std::optional<PromiseState> state) override;
  Task<Result<std::int64_t>> begin_outage(OutageMoment at, Reason why) override;
  Task<Result<void>> end_outage(OutageMoment at, Millis worth) override;
  Task<Result<std::vector<Outage>>> outages() override;

 private:
  Writer& writer_;
  Worker& reader_;
};

}  // namespace leafgate
