#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/reason.hpp"
#include "gateway/ports/receipt_log.hpp"
#include "gateway/ports/tpm.hpp"

namespace leafgate {

// How the TPM's epoch counter and the log of receipts stand to each other.
struct EpochFacts {
  std::optional<std::uint64_t> counter;  // none: it is not there, or is not ours
  std::optional<std::uint64_t> told;     // by the newest signed checkpoint; none: nothing was signed yet
  std::optional<std::uint64_t> pending;  // what the first checkpoint without a signature expects
};

enum class EpochStanding {
  fine,
  redo,         // the counter was advanced for a checkpoint that was not signed then: a power cut
  rolled_back,  // the counter has been further than this log: the store was set back
  foreign,      // the counter is behind the log, or gone: another TPM, or a cleared one
};

// Pure (design tpm.md §5).
[[nodiscard]] EpochStanding compare_epochs(const EpochFacts& facts);

// The counter's side of the log: judges once after the start whether this store is the newest that this TPM
// has seen, and makes the TPM say its word over checkpoints. In two phases: what the counter will be stands
// in the log before the counter is advanced. First loop only, one call at a time.
class Epochs {
 public:
  // Throttled while the keys of the store are locked.
  using CounterAuth = std::function<Result<crypto::Secret>()>;

  Epochs(Tpm& tpm, ReceiptLog& log, CounterAuth auth) : tpm_(tpm), log_(log), auth_(std::move(auth)) {}

  // TPM2B_PUBLIC of the attestation key; empty: the TPM is not set up for this store.
  void set_signer(Bytes signing_public) { signer_ = std::move(signing_public); }
  [[nodiscard]] const Bytes& signer() const { return signer_; }

  // An operator has restored this store when that checkpoint was the newest signed one (0: none was). Until a
  // newer one is signed the counter is taken as it is. Before judge().
  void set_restored(std::int64_t sequence) { restored_ = sequence; }

  // Compares counter and log, if the TPM can be asked now. Where it is not set up there is nothing to be
  // judged by. Errors: what the TPM, the keys or the store say; to be tried again.
  Task<Result<void>> judge();
  [[nodiscard]] bool judged() const { return judged_; }
  // Why nothing of the store is to be believed; none: believe it.
  [[nodiscard]] Reason doubt() const { return doubt_; }

  // The next word is said in a new epoch.
  void advance_soon() { due_ = true; }
  [[nodiscard]] bool due() const { return due_; }
  // Where the counter stands as far as known, else 0.
  [[nodiscard]] std::uint64_t counter() const { return counter_.value_or(0); }

  // Has the oldest checkpoint without a signature signed, and stores that; advances the counter before,
  // where that is due. What is stored verifies. Errors: the TPM's, the store's; conflict (the counter is not
  // where this log has it), implausible (what the TPM gave does not verify).
  Task<Result<void>> sign(Checkpoint checkpoint);
  // By an operator's word: this store counts from here on, at the counter as it is. Doubt ends when
  // `checkpoint` is signed in the next epoch; else all is as it was.
  Task<Result<void>> accept(Checkpoint checkpoint);

 private:
  Task<Result<void>> advance(Checkpoint& checkpoint);
  [[nodiscard]] bool is_restored(const std::optional<Checkpoint>& newest) const;
  [[nodiscard]] Result<TpmStatement> verified(TpmStatement statement, const Hash& message) const;

  Tpm& tpm_;
  ReceiptLog& log_;
  CounterAuth auth_;
  Bytes signer_;
  std::optional<std::int64_t> restored_;
  std::optional<std::uint64_t> counter_;  // none: to be read
  std::optional<std::uint64_t> told_;
  std::optional<std::uint64_t> tried_;  // where an advance without an answer would have brought it
  bool due_ = true;                     // each start is an epoch
  bool redo_ = false;                   // the epoch that is under way is not the one that is due
  bool judged_ = false;
  Reason doubt_ = Reason::none;
};

}  // namespace leafgate
