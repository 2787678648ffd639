#pragma once

#include "gateway/ports/audit_log.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// The audit log in the table `audit`. A full disk does not stop it: what an operator does to make room must
// be written down too, and the reserve has room for it.
class SqliteAuditLog : public AuditLog {
 public:
  SqliteAuditLog(Writer& writer, Worker& reader) : writer_(writer), reader_(reader) {}

  Task<Result<std::int64_t>> begin(AuditEntry entry) override;
  Task<Result<void>> conclude(std::int64_t sequence, std::string outcome) override;
  Task<Result<AuditPage>> list(WallTime since, std::int64_t after, std::size_t limit) override;

 private:
  Writer& writer_;
  Worker& reader_;
};

}  // namespace leafgate
