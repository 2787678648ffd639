#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "gateway/flows/epochs.hpp"
#include "gateway/runtime/reply.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// Closes the batches of the log of receipts and has them signed: a promise first, the proof later, so that no
// leaf waits for the TPM. A batch closes a second after its first entry, or when it is full; one TPM command
// signs it, two where an epoch begins (at the start, each hour, and when keys or policy change). While the
// TPM is away checkpoints wait and are signed later, in order; without one they chain unsigned. First loop
// only.
class Checkpoints {
 public:
  struct Times {
    Millis batch{1'000};
    Millis epoch = std::chrono::hours(1);
  };
  // `tpm` may be null: there is none.
  Checkpoints(Executor loop, ReceiptLog& log, Tpm* tpm, Epochs::CounterAuth counter_auth, Times times);
  Checkpoints(Executor loop, ReceiptLog& log, Tpm* tpm, Epochs::CounterAuth counter_auth)
      : Checkpoints(loop, log, tpm, std::move(counter_auth), Times()) {}

  // Called on the first loop when it shows that nothing of the store is to be believed, and with none when
  // that is over. Before run().
  void on_doubt(std::function<void(Reason)> hook) { on_doubt_ = std::move(hook); }
  // TPM2B_PUBLIC of the attestation key, from the anchor; empty: the TPM is not set up. Before run(); after
  // set-up or restore also accept().
  void set_signer(Bytes signing_public);
  // See Epochs. Before look().
  void set_restored(std::int64_t sequence);
  // Compares counter and log, before anybody is answered from the store: waits for a TPM that does not answer
  // yet until `deadline`. What is not judged by then is judged as soon as it can be.
  Task<void> look(TimePoint deadline);
  // Until stop().
  Task<void> run();
  void stop();

  void tpm_changed();  // of its state
  void key_changed();  // or the policy: the next word is said in a new epoch

  // An operator's word that this store counts; the caller writes that down. While run() goes. Errors: what
  // the TPM, the keys or the store say; stopped, unsupported (no TPM is set up).
  Task<Result<void>> accept();

  [[nodiscard]] Reason doubt() const { return epochs_ ? epochs_->doubt() : Reason::none; }
  [[nodiscard]] std::uint64_t epoch() const { return epochs_ ? epochs_->counter() : 0; }
  // The counter is not where the log left it: the TPM was set back or exchanged while the daemon ran. Nothing
  // is signed until it is as it was, or accept().
  [[nodiscard]] bool is_contested() const { return is_contested_; }
  // Why nothing is signed, in words; empty while all is well.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  [[nodiscard]] bool is_closing_due(TimePoint now) const;
  [[nodiscard]] bool may_ask(TimePoint now) const;
  [[nodiscard]] TimePoint next_look(TimePoint now) const;
  Task<void> close();
  Task<void> work();
  Task<Result<void>> sign_next();
  Task<Result<std::optional<Checkpoint>>> next_to_sign();
  Task<void> judge();
  Task<void> accept_now();
  void note_trouble(const Error& error);
  void count_entry();

  ReceiptLog& log_;
  Tpm* tpm_;
  const Times times_;
  std::optional<Epochs> epochs_;
  std::function<void(Reason)> on_doubt_;
  std::size_t open_ = 0;        // entries, about
  TimePoint opened_{};          // the first of them came
  TimePoint close_again_{};     // after the store failed
  bool waits_for_word_ = true;  // there may be checkpoints without a signature
  TimePoint ask_again_{};
  Millis patience_{0};  // until the TPM is asked again
  TimePoint epoch_ends_{};
  std::string trouble_;
  bool is_contested_ = false;
  std::deque<Reply<Result<void>>> accepting_;
  Wakeup wakeup_;
  bool stopping_ = false;
};

}  // namespace leafgate
