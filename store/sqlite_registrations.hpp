#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/ports/registrations.hpp"
#include "store/sealing_trust.hpp"
#include "store/sqlite_receipt_log.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// Registrations and the outbox in the tables of these names.
class SqliteRegistrations : public Registrations {
 public:
  // With `trust`, what is written is under its newest key.
  SqliteRegistrations(Writer& writer, Worker& reader, SqliteReceiptLog& log,
                      const SealingTrust* trust = nullptr)
      : writer_(writer), reader_(reader), log_(log), trust_(trust) {}

  Task<Result<std::optional<RegistrationRecord>>> find(std::string_view registration_key) override;
  Task<Result<std::vector<RegistrationRecord>>> list(std::string after, std::size_t limit) override;
  Task<Result<std::size_t>> count() override;
  Task<Result<std::vector<std::string>>> hubs() override;
  Task<Result<std::int64_t>> enqueue(OutboxRow row, std::vector<AttemptNote> notes) override;
  Task<Result<PromisedRow>> promise(OutboxRow row, Registration told, std::vector<AttemptNote> notes,
                                    Receipt receipt) override;
  Task<Result<std::int64_t>> settle(Registration registration, OperationId operation,
                                    std::vector<AttemptNote> notes, std::optional<Receipt> receipt) override;
  Task<Result<bool>> forget(std::string_view registration_key) override;
  Task<Result<std::vector<OutboxRow>>> outbox(std::int64_t after, std::size_t limit) override;
  Task<Result<std::optional<OutboxRow>>> outbox_row(std::string_view registration_key) override;
  Task<Result<void>> drop(OperationId operation, PromiseEnd end, std::vector<AttemptNote> notes) override;

 private:
  Result<std::int64_t> next_sequence(Connection& connection);
  Result<std::int64_t> put_row(Connection& connection, OutboxRow row, const std::vector<AttemptNote>& notes);

  Writer& writer_;
  Worker& reader_;
  SqliteReceiptLog& log_;
  const SealingTrust* trust_;
  std::int64_t last_sequence_ = 0;  // writer's thread only; may run ahead of what was committed
};

}  // namespace leafgate
