#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/attestation/receipt_proof.hpp"
#include "gateway/flows/checkpoints.hpp"
#include "gateway/flows/receipts.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_registrations.hpp"
#include "tests/fakes/fake_tpm.hpp"

namespace leafgate {

// A log of receipts and its TPM in virtual time. The disk and the TPM outlive a restart, the rest does not.
class CheckpointsSite : public ::testing::Test {
 protected:
  Simulator simulator_{1};
  FakeRegistrations registrations_;
  FakeReceiptLog& log_ = registrations_.receipts;
  FakeTpm tpm_;
  Bytes signer_;
  bool locked_ = false;
  std::optional<std::int64_t> restored_;
  std::vector<Reason> doubts_;
  std::unique_ptr<Checkpoints> checkpoints_;

  ~CheckpointsSite() override { stop(); }

  static crypto::Secret auth() { return crypto::Secret(as_bytes("opens the counter")); }

  void set_up_tpm() {
    TpmSetUp wanted;
    wanted.counter_auth = auth();
    signer_ = run(tpm_.set_up(std::move(wanted))).value().signing_public;
    tpm_.commands = 0;
  }
  void start(bool with_tpm = true) {
    const auto counter_auth = [this]() -> Result<crypto::Secret> {
      if (locked_) return Error(Errc::throttled, "the keys are locked");
      return auth();
    };
    checkpoints_ =
        std::make_unique<Checkpoints>(simulator_.executor(), log_, with_tpm ? &tpm_ : nullptr, counter_auth);
    checkpoints_->on_doubt([this](Reason reason) { doubts_.push_back(reason); });
    if (restored_) checkpoints_->set_restored(*restored_);
    checkpoints_->set_signer(signer_);
    tpm_.on_change([this] {
      if (checkpoints_) checkpoints_->tpm_changed();
    });
    run_void(checkpoints_->look(simulator_.now() + std::chrono::seconds(2)));
    simulator_.spawn(checkpoints_->run());
    run_for(Millis(10));
  }
  void stop() {
    if (!checkpoints_) return;
    checkpoints_->stop();
    simulator_.run_until_idle();
    checkpoints_.reset();
  }
  void restart() {
    stop();
    start();
  }
  // Takes no longer than the task does: Simulator::run would go on to the next moment somebody waits for.
  template <class T>
  T run(Task<T> task) {
    const auto keep = [](Task<T> inner, std::optional<T>& into) -> Task<void> {
      into.emplace(co_await std::move(inner));
    };
    std::optional<T> given;
    simulator_.spawn(keep(std::move(task), given));
    for (run_for(Millis(0)); !given;) run_for(Millis(1));
    return std::move(*given);
  }
  void run_void(Task<void> task) {
    const auto keep = [](Task<void> inner) -> Task<bool> {
      co_await std::move(inner);
      co_return true;
    };
    EXPECT_TRUE(run(keep(std::move(task))));
  }
  void run_for(Millis time) { simulator_.run_for(time); }

  std::int64_t settle(const std::string& id) {
    Registration told(RegistrationId::parse(id).value());
    told.assignment.emplace().assigned_hub = "hub1.azure-devices.net";
    const std::optional<Receipt> receipt = receipt_of(Ruling::assigned, Reason::assigned_by_service, {}, {});
    return run(registrations_.settle(told, OperationId::parse("op").value(), {}, receipt)).value();
  }
  Result<ReceiptCheck> check(std::int64_t sequence) {
    const auto proof = run(log_.find(sequence)).value();
    return check_receipt(proof.value(), tpm_.signing_key().point());
  }
  ReceiptReach reach(std::int64_t sequence) {
    const auto checked = check(sequence);
    EXPECT_TRUE(checked) << checked.error().detail;
    return checked ? checked->reach : ReceiptReach::open;
  }
  std::uint64_t told() { return run(log_.newest_signed()).value().value().epoch; }
  std::size_t unsigned_checkpoints() const {
    std::size_t count = 0;
    for (const auto& [sequence, checkpoint] : log_.checkpoints) count += checkpoint.statement ? 0U : 1U;
    return count;
  }
  // Sequences without a gap, each naming the one before, epochs that never fall.
  void expect_a_whole_chain() const {
    const Checkpoint* before = nullptr;
    for (const auto& [sequence, checkpoint] : log_.checkpoints) {
      if (before != nullptr) {
        EXPECT_EQ(sequence, before->sequence + 1);
        EXPECT_EQ(checkpoint.first, before->first + before->count);
        EXPECT_EQ(checkpoint.previous,
                  crypto::merkle::checkpoint(before->previous, static_cast<std::uint64_t>(before->sequence),
                                             static_cast<std::uint64_t>(before->count), before->root));
        const bool both = checkpoint.statement && before->statement;
        EXPECT_TRUE(!both || checkpoint.epoch >= before->epoch);
      }
      before = &checkpoint;
    }
  }
};

}  // namespace leafgate
