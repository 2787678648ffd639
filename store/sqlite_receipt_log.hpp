#pragma once

#include <functional>
#include <string>
#include <utility>

#include "gateway/ports/receipt_log.hpp"
#include "store/checkpoint_rows.hpp"
#include "store/worker.hpp"
#include "store/writer.hpp"

namespace leafgate {

// The log of receipts in the tables `receipt` and `checkpoint`.
class SqliteReceiptLog : public ReceiptLog {
 public:
  SqliteReceiptLog(Writer& writer, Worker& reader, checkpoint_rows::Limits limits)
      : writer_(writer), reader_(reader), limits_(limits) {}

  void set_gateway(std::string name) override { gateway_ = std::move(name); }
  void on_entry(std::function<void()> hook) override { hook_ = std::move(hook); }
  Task<Result<std::size_t>> open_entries() override;
  Task<Result<std::optional<Checkpoint>>> close(std::uint64_t epoch, bool even_if_empty) override;
  Task<Result<void>> expect(std::int64_t checkpoint, std::uint64_t epoch) override;
  Task<Result<void>> sign(std::int64_t checkpoint, std::uint64_t epoch,
                          CheckpointStatement statement) override;
  Task<Result<std::optional<Checkpoint>>> first_unsigned() override;
  Task<Result<std::optional<Checkpoint>>> newest() override;
  Task<Result<std::optional<Checkpoint>>> newest_signed() override;
  Task<Result<std::optional<ReceiptProof>>> find(std::int64_t sequence) override;
  Task<Result<std::optional<ReceiptProof>>> newest_of(std::string registration_key) override;

  // For those who make entries; first loop.
  [[nodiscard]] const std::string& gateway() const { return gateway_; }
  [[nodiscard]] const checkpoint_rows::Limits& limits() const { return limits_; }
  void tell_of_entry() const {
    if (hook_) hook_();
  }

 private:
  Task<Result<std::optional<Checkpoint>>> find_checkpoint(checkpoint_rows::Which which);

  Writer& writer_;
  Worker& reader_;
  const checkpoint_rows::Limits limits_;
  std::string gateway_;
  std::function<void()> hook_;
};

}  // namespace leafgate
