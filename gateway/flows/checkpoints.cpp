#include "gateway/flows/checkpoints.hpp"

#include <algorithm>
#include <utility>

#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

using std::chrono::seconds;

constexpr Millis store_pause = seconds(5);
constexpr Millis first_patience = seconds(1);
constexpr Millis longest_patience = seconds(60);
constexpr Millis look_every{100};

}  // namespace

Checkpoints::Checkpoints(Executor loop, ReceiptLog& log, Tpm* tpm, Epochs::CounterAuth counter_auth,
                         Times times)
    : log_(log), tpm_(tpm), times_(times), wakeup_(loop) {
  if (tpm != nullptr) epochs_.emplace(*tpm, log, std::move(counter_auth));
  log_.on_entry([this] { count_entry(); });
}

void Checkpoints::set_signer(Bytes signing_public) {
  if (epochs_) epochs_->set_signer(std::move(signing_public));
  tpm_changed();
}

void Checkpoints::set_restored(std::int64_t sequence) {
  if (epochs_) epochs_->set_restored(sequence);
}

void Checkpoints::tpm_changed() {
  ask_again_ = LoopClock::now();
  patience_ = Millis(0);
  wakeup_.notify();
}

void Checkpoints::key_changed() {
  if (epochs_) epochs_->advance_soon();
  wakeup_.notify();
}

void Checkpoints::stop() {
  stopping_ = true;
  wakeup_.notify();
}

void Checkpoints::count_entry() {
  if (open_++ == 0) opened_ = LoopClock::now();
  if (open_ == 1 || open_ == ReceiptLog::most_of_a_checkpoint) wakeup_.notify();
}

Task<void> Checkpoints::look(TimePoint deadline) {
  while (epochs_ && !epochs_->judged() && !stopping_) {
    if (may_ask(LoopClock::now())) co_await judge();
    if (epochs_->judged() || LoopClock::now() >= deadline) co_return;
    (void)co_await wakeup_.wait_until(std::min(deadline, LoopClock::now() + look_every));
  }
}

Task<void> Checkpoints::run() {
  const auto open = co_await log_.open_entries();
  if (!open || *open > open_) open_ = open ? *open : 1;
  opened_ = LoopClock::now();
  while (!stopping_) {
    const TimePoint now = LoopClock::now();
    if (epochs_ && now >= epoch_ends_) {
      epoch_ends_ = now + times_.epoch;
      epochs_->advance_soon();
    }
    if (!accepting_.empty()) {
      co_await accept_now();
    } else if (is_closing_due(now)) {
      co_await close();
    } else if (may_ask(now)) {
      co_await work();
    } else {
      (void)co_await wakeup_.wait_until(next_look(now));
    }
  }
  while (!accepting_.empty()) {
    accepting_.front()(Error(Errc::stopped, "the gateway is stopping"));
    accepting_.pop_front();
  }
}

bool Checkpoints::is_closing_due(TimePoint now) const {
  if (open_ == 0 || now < close_again_) return false;
  return open_ >= ReceiptLog::most_of_a_checkpoint || now >= opened_ + times_.batch;
}

// Whether there is something to be asked of the TPM, and it can answer.
bool Checkpoints::may_ask(TimePoint now) const {
  if (!epochs_ || now < ask_again_) return false;
  const TpmState state = tpm_->facts().state;
  if (!epochs_->judged())
    return epochs_->signer().empty() || state == TpmState::ready || state == TpmState::foreign;
  if (epochs_->signer().empty() || epochs_->doubt() != Reason::none) return false;
  return state == TpmState::ready && (waits_for_word_ || epochs_->due());
}

TimePoint Checkpoints::next_look(TimePoint now) const {
  TimePoint next = TimePoint::max();
  if (open_ > 0) next = std::max(opened_ + times_.batch, close_again_);
  if (epochs_ && !epochs_->signer().empty()) {
    next = std::min(next, epoch_ends_);
    if (ask_again_ > now) next = std::min(next, ask_again_);
  }
  return next;
}

Task<void> Checkpoints::close() {
  auto closed = co_await log_.close(epoch(), false);
  if (!closed) {
    close_again_ = LoopClock::now() + store_pause;
    log::warning("a batch of receipts was not closed", {{"detail", closed.error().detail}});
    co_return;
  }
  const std::size_t count = *closed ? static_cast<std::size_t>((*closed)->count) : open_;
  open_ -= std::min(count, open_);
  opened_ = LoopClock::now();
  waits_for_word_ = true;
}

Task<void> Checkpoints::work() {
  if (!epochs_->judged()) {
    co_await judge();
    co_return;
  }
  const TimePoint began = LoopClock::now();
  auto done = co_await sign_next();
  if (!done) {
    note_trouble(done.error());
    co_return;
  }
  trouble_.clear();
  is_contested_ = false;
  patience_ = Millis(0);
  // A long backlog leaves the TPM half of its time for others.
  ask_again_ = LoopClock::now() + (LoopClock::now() - began);
}

Task<void> Checkpoints::judge() {
  auto judged = co_await epochs_->judge();
  if (!judged) note_trouble(judged.error());
  if (epochs_->doubt() != Reason::none && on_doubt_) on_doubt_(epochs_->doubt());
}

Task<Result<void>> Checkpoints::sign_next() {
  auto next = co_await next_to_sign();
  if (!next) co_return next.error();
  if (!*next) co_return Result<void>();
  auto done = co_await epochs_->sign(std::move(**next));
  co_return done;
}

// The oldest one without a signature; an empty one where only the epoch is to be told.
Task<Result<std::optional<Checkpoint>>> Checkpoints::next_to_sign() {
  auto next = co_await log_.first_unsigned();
  if (!next || *next) co_return next;
  waits_for_word_ = false;
  if (!epochs_->due()) co_return next;
  auto closed = co_await log_.close(epoch(), true);
  waits_for_word_ = true;
  if (closed && *closed) open_ -= std::min(static_cast<std::size_t>((*closed)->count), open_);
  co_return closed;
}

void Checkpoints::note_trouble(const Error& error) {
  patience_ = std::clamp(2 * patience_, first_patience, longest_patience);
  ask_again_ = LoopClock::now() + patience_;
  if (trouble_ != error.detail)
    log::warning("checkpoints wait for the TPM", {{"reason", to_text(error.code)}, {"detail", error.detail}});
  trouble_ = error.detail;
  is_contested_ = error.code == Errc::conflict;
}

Task<Result<void>> Checkpoints::accept() {
  if (!epochs_ || epochs_->signer().empty()) co_return Error(Errc::unsupported, "no TPM is set up");
  if (stopping_) co_return Error(Errc::stopped, "the gateway is stopping");
  auto start = [this](Reply<Result<void>> reply) {
    accepting_.push_back(std::move(reply));
    wakeup_.notify();
  };
  co_return co_await wait_for_reply<Result<void>>(start);
}

Task<void> Checkpoints::accept_now() {
  epochs_->advance_soon();  // so that there is a checkpoint to be signed
  auto next = co_await next_to_sign();
  Result<void> done;
  if (next) {
    done = co_await epochs_->accept(std::move(**next));
  } else {
    done = next.error();
  }
  if (done) {
    log::notice("the store was accepted as it is", {{"epoch", epoch()}});
    trouble_.clear();
    is_contested_ = false;
    if (on_doubt_) on_doubt_(Reason::none);
  }
  accepting_.front()(std::move(done));
  accepting_.pop_front();
}

}  // namespace leafgate
