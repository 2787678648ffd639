#include <utility>

#include "adapters/tpm/keeper.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::tpm {

void Keeper::tend() {
  bool moved = false;
  {
    const std::lock_guard lock(mutex_);
    moved = std::exchange(moved_, false);
  }
  if (moved) return build();
  switch (action_) {
    case Action::serve:
      return look();
    case Action::wait:
      return look_whether_unlocked();
    case Action::retry:
    case Action::rebuild:
    case Action::look_again:
      return build();
  }
}

// Idle time: so that the state is true without traffic, and the session young.
void Keeper::look() {
  due_ = LoopClock::now() + options_.pauses.look;
  const auto same = bench_->is_same_boot();
  if (!same) return met(judge(same.error()));
  if (!*same) {
    bench_->esys().abandon();
    apply(Event::restarted, "it was restarted");
    return build();
  }
  if (auto renewed = bench_->look_after(); !renewed) return met(judge(renewed.error()));
  if (auto read = read_facts(); !read) met(judge(read.error()));
}

void Keeper::look_whether_unlocked() {
  if (!bench_) return build();
  const auto readings = bench_->read_properties();
  if (!readings) return met(readings.error());
  if (readings->locked_out)
    return apply(Event::locked, "it takes no authorization: somebody guessed too often");
  build();
}

Outcome<void> Keeper::read_facts() {
  auto readings = bench_->read_properties();
  if (!readings) return readings.error();
  const std::lock_guard lock(mutex_);
  facts_.vendor = std::move(readings->vendor);
  facts_.lockout_counter = readings->lockout_counter;
  facts_.lockout_limit = readings->lockout_limit;
  facts_.lockout_recovery = readings->lockout_recovery;
  facts_.reset_count = bench_->boot().resets;
  return {};
}

void Keeper::drop() {
  if (!bench_) return;
  if (!bench_->esys().is_usable()) leftovers_ = bench_->leftovers();
  bench_.reset();
}

void Keeper::build() {
  const auto failure = try_build();
  if (!failure) return apply(Event::built, bench_->flaw());
  met(*failure);
}

std::optional<Failure> Keeper::try_build() {
  drop();
  auto transport = make_transport_();
  if (!transport) return Failure{Sign::no_answer, transport.error(), 0};
  auto bench = Bench::open(std::move(*transport), watch(), options_.alone, options_.session_life, leftovers_);
  if (!bench) return bench.error();
  leftovers_.reset();
  bench_ = std::move(*bench);
  if (auto read = read_facts(); !read) return read.error();
  if (auto laid = bench_->lay_out(expected()); !laid) return laid.error();
  return std::nullopt;
}

void Keeper::met(const Failure& failure) {
  const std::string& detail = failure.error.detail;
  switch (failure.sign) {
    case Sign::restarted:
      if (bench_) bench_->esys().abandon();
      return apply(Event::restarted, detail);
    case Sign::failing:
      return apply(Event::failing, detail);
    case Sign::locked:
      return apply(Event::locked, detail);
    case Sign::foreign:
      return apply(Event::foreign, detail);
    case Sign::no_answer:
      return apply(failure.error.code == Errc::unreachable ? Event::no_device : Event::no_answer, detail);
    case Sign::request:
    case Sign::later:
    case Sign::crowded:
    case Sign::strange:
      return apply(Event::no_answer, detail);
  }
}

void Keeper::apply(Event event, const std::string& detail) {
  const TpmState before = states_.state();
  action_ = states_.on(event);
  const TpmState state = states_.state();
  Millis recovery = options_.pauses.locked;
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = facts_.state != state || facts_.detail != detail || !settled_;
    facts_.state = state;
    facts_.detail = detail;
    settled_ = !moved_;
    if (facts_.lockout_recovery > Seconds(0)) recovery = facts_.lockout_recovery;
  }
  due_ = LoopClock::now() + states_.pause(recovery);
  const bool keeps = action_ == Action::serve || action_ == Action::wait || action_ == Action::look_again;
  if (!keeps) drop();
  refuse_waiting();
  if (state != before || !std::exchange(is_told_, true)) {
    const std::string_view name = to_text(state);
    if (state == TpmState::ready && detail.empty()) {
      log::notice("the TPM is ready");
    } else if (state == TpmState::ready) {
      log::warning("the TPM is ready and has a flaw", {{"detail", detail}});
    } else {
      log::warning("the TPM cannot be used", {{"state", name}, {"detail", detail}});
    }
  }
  if (news) changed_();
}

// Those that wait for what is not to be had any more.
void Keeper::refuse_waiting() {
  for (const Needs needs : {Needs::set_up, Needs::any}) {
    std::optional<Error> refused;
    Jobs jobs;
    {
      const std::lock_guard lock(mutex_);
      refused = refusal(needs);
      if (refused) jobs = queue_.take_all(needs);
    }
    for (const auto& job : jobs) job->answer(refused);
  }
}

}  // namespace leafgate::tpm
