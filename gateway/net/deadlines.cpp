#include "gateway/net/deadlines.hpp"

#include <utility>

#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {

struct Deadlines::Core {
  explicit Core(const Executor& executor) : ended(executor) {}

  // Expiring may unlink itself, and others, but only after the loop came round again.
  void expire_due(TimePoint now) {
    for (Expiring& entry : entries) {
      const bool due = now >= entry.deadline() || (now >= entry.patience() && entry.is_in_the_way());
      if (due) entry.expire(Errc::timed_out);
    }
  }

  boost::intrusive::list<Expiring, boost::intrusive::constant_time_size<false>> entries;
  Wakeup ended;
  std::function<void()> hook;
  bool sweeping = false;
};

Deadlines::Deadlines(const Executor& executor)
    : executor_(executor), core_(std::make_shared<Core>(executor)) {}

Deadlines::~Deadlines() {
  core_->hook = nullptr;
  core_->entries.clear();
  if (core_->sweeping) core_->ended.notify();
}

void Deadlines::add(Expiring& entry) {
  core_->entries.push_back(entry);
  if (core_->sweeping) return;
  core_->sweeping = true;
  spawn(executor_, sweep(core_));
}

void Deadlines::expire_all(Errc why) {
  for (Expiring& entry : core_->entries) entry.expire(why);
}

void Deadlines::at_every_sweep(std::function<void()> hook) { core_->hook = std::move(hook); }

std::size_t Deadlines::size() const { return core_->entries.size(); }

Task<void> Deadlines::sweep(std::shared_ptr<Core> core) {
  constexpr auto period = std::chrono::milliseconds(100);
  while (!core->entries.empty()) {
    (void)co_await core->ended.wait_until(LoopClock::now() + period);
    core->expire_due(LoopClock::now());
    if (core->hook) core->hook();
  }
  core->sweeping = false;
}

}  // namespace leafgate::net
