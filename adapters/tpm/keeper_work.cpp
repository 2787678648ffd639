#include "adapters/tpm/keeper.hpp"

namespace leafgate::tpm {
namespace {

constexpr int most_attempts = 3;

// What the caller gets: how the TPM stands is our affair, whether to come again is his.
Error answer_of(const Failure& failure) {
  switch (failure.sign) {
    case Sign::request:
      return failure.error;
    case Sign::strange:
    case Sign::foreign:
      return {Errc::refused, failure.error.detail};
    default:
      return {Errc::throttled, failure.error.detail};
  }
}

}  // namespace

void Keeper::work(Job& job) {
  if (job.deadline - LoopClock::now() < options_.least_left)
    return job.answer(Error(Errc::timed_out, "the TPM was busy for too long"));
  std::optional<Failure> failure;
  cut_off_at_ = job.deadline;
  for (int i = 0; i < most_attempts; ++i) {
    failure = attempt(job);
    // A restarted TPM was laid out anew, a crowded one has room again: both refused the command unseen.
    const bool again = failure && (failure->sign == Sign::restarted || failure->sign == Sign::crowded);
    if (!again) break;
    if (i > 0 && failure->sign == Sign::crowded && bench_) {
      if (auto cleared = bench_->make_more_room(); !cleared) break;
    }
  }
  const bool late = failure && LoopClock::now() >= job.deadline;
  if (failure && is_stopping()) return job.answer(Error(Errc::stopped, "the TPM's thread has stopped"));
  cut_off_at_ = TimePoint::max();
  if (!failure) {
    job.answer(std::nullopt);
    if (bench_) bench_->keys().prepare();
    return;
  }
  job.answer(late ? Error(Errc::timed_out, failure->error.detail) : answer_of(*failure));
}

std::optional<Failure> Keeper::attempt(Job& job) {
  std::optional<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    refused = refusal(job.needs);
  }
  if (!refused && !bench_) refused = Error(Errc::throttled, "the TPM is being laid out");
  if (refused) return Failure{Sign::request, std::move(*refused), 0};
  auto done = job.run(*bench_);
  bool adopted = false;
  {
    const std::lock_guard lock(mutex_);
    adopted = std::exchange(adopted_, false);
  }
  if (done) {
    if (adopted) apply(Event::built, bench_->flaw());
    return std::nullopt;
  }
  Failure failure = judge(done.error());
  switch (failure.sign) {
    case Sign::restarted:
      met(failure);
      if (action_ == Action::rebuild) build();
      break;
    case Sign::crowded:
      bench_->make_room();
      break;
    case Sign::no_answer:
    case Sign::failing:
    case Sign::locked:
    case Sign::foreign:
      met(failure);
      break;
    default:
      break;
  }
  return failure;
}

Failure Keeper::judge(const Failure& failure) {
  if (failure.sign != Sign::strange && failure.sign != Sign::failing) return failure;
  // A key or a blob that is not good for this TPM: is it still the one, and still in the same boot?
  const auto same = bench_->is_same_boot();
  if (!same) return same.error();
  if (!*same) {
    Failure restarted = failure;
    restarted.sign = Sign::restarted;
    restarted.error.code = Errc::throttled;
    return restarted;
  }
  if (failure.sign == Sign::failing) {
    if (auto tested = bench_->self_test(); !tested) return tested.error();
  } else if (bench_->anchor()) {
    const TpmAnchor anchor = *bench_->anchor();
    if (auto known = bench_->recognise(anchor); !known) return known.error();
  }
  Failure refused = failure;
  refused.sign = Sign::request;
  refused.error.code = Errc::refused;
  return refused;
}

}  // namespace leafgate::tpm
