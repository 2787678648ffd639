#include "gateway/flows/epochs.hpp"

#include <utility>

#include "gateway/attestation/counter_statement.hpp"
#include "gateway/crypto/merkle.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {

EpochStanding compare_epochs(const EpochFacts& facts) {
  if (!facts.counter) return EpochStanding::foreign;
  if (!facts.told || *facts.counter == *facts.told) return EpochStanding::fine;
  if (*facts.counter < *facts.told) return EpochStanding::foreign;
  const bool expected = facts.pending && *facts.pending == *facts.counter;
  return expected && *facts.counter == *facts.told + 1 ? EpochStanding::redo : EpochStanding::rolled_back;
}

Task<Result<void>> Epochs::judge() {
  if (judged_) co_return Result<void>();
  if (signer_.empty()) {
    // Nothing to judge by yet is no word that all is well.
    if (tpm_.facts().set_up) co_return Error(Errc::throttled, "whose word it is to be was not read yet");
    judged_ = true;
    co_return Result<void>();
  }
  EpochFacts facts;
  const bool foreign = tpm_.facts().state == TpmState::foreign;
  if (!foreign) {
    auto auth = auth_();
    if (!auth) co_return auth.error();
    auto read = co_await tpm_.read_epoch(std::move(*auth));
    if (!read && read.error().code != Errc::refused) co_return read.error();
    if (read) facts.counter = *read;
  }
  auto told = co_await log_.newest_signed();
  if (!told) co_return told.error();
  auto pending = co_await log_.first_unsigned();
  if (!pending) co_return pending.error();
  if (*told) facts.told = (*told)->epoch;
  if (*pending) facts.pending = (*pending)->epoch;
  if (is_restored(*told)) {
    // The TPM is the other one until it has the key.
    if (!facts.counter) co_return Error(Errc::throttled, "a restored store waits for its TPM");
    log::notice("the store was restored; its log goes on in a new epoch", {{"counter", *facts.counter}});
    facts.told = facts.counter;
    facts.pending.reset();
  }
  const EpochStanding standing = compare_epochs(facts);
  judged_ = true;
  counter_ = facts.counter;
  told_ = facts.told;
  redo_ = standing == EpochStanding::redo;
  if (standing == EpochStanding::rolled_back) doubt_ = Reason::store_rolled_back;
  if (standing == EpochStanding::foreign) doubt_ = Reason::store_foreign;
  if (doubt_ != Reason::none)
    log::error(
        "the store is not what this TPM has seen last",
        {{"reason", code(doubt_)}, {"counter", facts.counter.value_or(0)}, {"log", facts.told.value_or(0)}});
  co_return Result<void>();
}

bool Epochs::is_restored(const std::optional<Checkpoint>& newest) const {
  return restored_ && *restored_ == (newest ? newest->sequence : 0);
}

Task<Result<void>> Epochs::sign(Checkpoint checkpoint) {
  if (!counter_) {
    auto auth = auth_();
    if (!auth) co_return auth.error();
    auto read = co_await tpm_.read_epoch(std::move(*auth));
    if (!read) co_return read.error();
    counter_ = *read;
  }
  const bool ahead =
      tried_ == counter_ || (told_ && *counter_ == *told_ + 1 && checkpoint.epoch == *counter_);
  if (told_ && *counter_ != *told_ && !ahead) {
    const std::string stands = std::to_string(*std::exchange(counter_, std::nullopt));
    co_return Error(Errc::conflict, "the epoch counter stands at " + stands + ", the log at " +
                                        std::to_string(*told_) + "; leafgatectl tpm accept");
  }
  if (ahead) {
    if (!redo_) due_ = false;
    redo_ = false;
    tried_.reset();
  } else if (due_) {
    auto advanced = co_await advance(checkpoint);
    if (!advanced) co_return advanced;
  }
  auto auth = auth_();
  if (!auth) co_return auth.error();
  const auto number = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  const Hash message = crypto::merkle::checkpoint(checkpoint.previous, number(checkpoint.sequence),
                                                  number(checkpoint.count), checkpoint.root);
  auto said = co_await tpm_.certify_epoch(std::move(*auth), message);
  if (said) said = verified(std::move(*said), message);
  if (!said) {
    counter_.reset();  // whatever happened to the TPM, it is asked again
    co_return said.error();
  }
  CheckpointStatement statement;
  statement.signer = signer_;
  statement.attest = std::move(said->attest);
  statement.signature = std::move(said->signature);
  auto stored = co_await log_.sign(checkpoint.sequence, *counter_, std::move(statement));
  if (stored) told_ = counter_;
  co_return stored;
}

// The counter is not advanced before the log says so. Whether it was, when the TPM gave no answer, its next
// reading tells.
Task<Result<void>> Epochs::advance(Checkpoint& checkpoint) {
  const std::uint64_t next = *counter_ + 1;
  auto expected = co_await log_.expect(checkpoint.sequence, next);
  if (!expected) co_return expected;
  checkpoint.epoch = next;
  auto auth = auth_();
  if (!auth) co_return auth.error();
  counter_.reset();
  tried_ = next;
  auto advanced = co_await tpm_.advance_epoch(std::move(*auth));
  if (!advanced) co_return advanced.error();
  due_ = false;
  tried_.reset();
  counter_ = *advanced;
  if (*advanced != next) co_return Error(Errc::conflict, "the epoch counter moved by itself");
  log::info("a new epoch", {{"epoch", next}});
  co_return Result<void>();
}

Result<TpmStatement> Epochs::verified(TpmStatement statement, const Hash& message) const {
  const auto told = verify_counter_statement(statement.attest, statement.signature, signer_, message);
  if (!told) return Error(Errc::implausible, "what the TPM signed does not verify: " + told.error().detail);
  if (told->counter != *counter_)
    return Error(Errc::conflict, "the epoch counter stands at " + std::to_string(told->counter) +
                                     ", not at " + std::to_string(*counter_));
  return statement;
}

Task<Result<void>> Epochs::accept(Checkpoint checkpoint) {
  auto auth = auth_();
  if (!auth) co_return auth.error();
  auto read = co_await tpm_.read_epoch(std::move(*auth));
  if (!read) co_return read.error();
  const auto told_before = std::exchange(told_, *read);
  tried_.reset();
  counter_ = *read;
  due_ = true;
  redo_ = false;
  auto done = co_await sign(std::move(checkpoint));
  if (!done) {
    told_ = told_before;
    counter_.reset();
    due_ = true;
    co_return done;
  }
  judged_ = true;
  doubt_ = Reason::none;
  co_return done;
}

}  // namespace leafgate
