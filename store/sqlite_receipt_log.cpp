#include "store/sqlite_receipt_log.hpp"

#include "store/receipt_rows.hpp"

namespace leafgate {

using checkpoint_rows::Which;

Task<Result<std::size_t>> SqliteReceiptLog::open_entries() {
  auto read = [](Connection& connection) { return receipt_rows::count_open(connection); };
  co_return co_await reader_.ask(read);
}

Task<Result<std::optional<Checkpoint>>> SqliteReceiptLog::close(std::uint64_t epoch, bool even_if_empty) {
  auto write = [&](Connection& connection) {
    return receipt_rows::close(connection, most_of_a_checkpoint, epoch, even_if_empty, limits_);
  };
  co_return co_await writer_.write(write);
}

Task<Result<void>> SqliteReceiptLog::expect(std::int64_t checkpoint, std::uint64_t epoch) {
  auto write = [&](Connection& connection) { return checkpoint_rows::expect(connection, checkpoint, epoch); };
  co_return co_await writer_.write(write);
}

Task<Result<void>> SqliteReceiptLog::sign(std::int64_t checkpoint, std::uint64_t epoch,
                                          CheckpointStatement statement) {
  auto write = [&](Connection& connection) {
    return checkpoint_rows::sign(connection, checkpoint, epoch, statement, limits_);
  };
  co_return co_await writer_.write(write);
}

Task<Result<std::optional<Checkpoint>>> SqliteReceiptLog::find_checkpoint(Which which) {
  auto read = [&](Connection& connection) { return checkpoint_rows::find(connection, which); };
  co_return co_await reader_.ask(read);
}

Task<Result<std::optional<Checkpoint>>> SqliteReceiptLog::first_unsigned() {
  return find_checkpoint(Which::first_unsigned);
}

Task<Result<std::optional<Checkpoint>>> SqliteReceiptLog::newest() { return find_checkpoint(Which::newest); }

Task<Result<std::optional<Checkpoint>>> SqliteReceiptLog::newest_signed() {
  return find_checkpoint(Which::newest_signed);
}

Task<Result<std::optional<ReceiptProof>>> SqliteReceiptLog::find(std::int64_t sequence) {
  auto read = [&](Connection& connection) { return receipt_rows::find(connection, sequence); };
  co_return co_await reader_.ask(read);
}

Task<Result<std::optional<ReceiptProof>>> SqliteReceiptLog::newest_of(std::string registration_key) {
  auto read = [&](Connection& connection) { return receipt_rows::newest_of(connection, registration_key); };
  co_return co_await reader_.ask(read);
}

}  // namespace leafgate
