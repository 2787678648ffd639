#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "gateway/model/receipt.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Outward: the log of what was decided. Registrations::settle() adds entries; here they get into checkpoints,
// and those their signatures. Bounded: the newest 10,000 entries are kept, and of the older ones those that
// an assignment points to; of the checkpoints the newest 1,000, the newest signed one, and those that an
// entry needs. First loop only; what returns success is durable. Errors: store_full, store_fault, stopped.
class ReceiptLog {
 public:
  static constexpr std::size_t most_of_a_checkpoint = 1024;  // entries

  virtual ~ReceiptLog() = default;

  // Who signs its word: the name of this gateway, in all entries from then on.
  virtual void set_gateway(std::string name) = 0;
  // Called on the first loop after an entry was committed. One hook.
  virtual void on_entry(std::function<void()> hook) = 0;

  // Entries that are in no checkpoint yet.
  virtual Task<Result<std::size_t>> open_entries() = 0;
  // Puts the oldest of them, at most most_of_a_checkpoint, into a new checkpoint behind the newest, which
  // waits for its signature; `epoch` is what the counter will stand at. Without any, an empty one where
  // `even_if_empty`, else none.
  virtual Task<Result<std::optional<Checkpoint>>> close(std::uint64_t epoch, bool even_if_empty) = 0;
  // Changes what a checkpoint without a signature expects of the counter: before the counter is advanced.
  virtual Task<Result<void>> expect(std::int64_t checkpoint, std::uint64_t epoch) = 0;
  // Errors beside: not_found.
  virtual Task<Result<void>> sign(std::int64_t checkpoint, std::uint64_t epoch,
                                  CheckpointStatement statement) = 0;

  virtual Task<Result<std::optional<Checkpoint>>> first_unsigned() = 0;
  virtual Task<Result<std::optional<Checkpoint>>> newest() = 0;
  virtual Task<Result<std::optional<Checkpoint>>> newest_signed() = 0;

  virtual Task<Result<std::optional<ReceiptProof>>> find(std::int64_t sequence) = 0;
  // The newest entry about a leaf. Reads all that is kept: for people.
  virtual Task<Result<std::optional<ReceiptProof>>> newest_of(std::string registration_key) = 0;
};

}  // namespace leafgate
