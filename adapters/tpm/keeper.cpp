#include "adapters/tpm/keeper.hpp"

#include <csignal>
#include <utility>

#include <pthread.h>

#include "gateway/crypto/random.hpp"
#include "gateway/runtime/thread.hpp"

namespace leafgate::tpm {
namespace {

constexpr TimePoint never = TimePoint::max();
constexpr Millis to_put_down{300};  // a few commands of a slow TPM

std::uint64_t draw() {
  std::array<std::uint8_t, 8> octets{};
  crypto::SystemRandom().fill(octets);
  std::uint64_t number = 0;
  for (const std::uint8_t octet : octets) number = number << 8 | octet;
  return number;
}

}  // namespace

Keeper::Keeper(KeeperOptions options, TransportMaker make_transport, std::function<void()> changed)
    : options_(std::move(options)),
      make_transport_(std::move(make_transport)),
      changed_(std::move(changed)),
      states_(options_.pauses, draw),
      cut_off_at_(never),
      queue_(options_.most_own, options_.most_derived) {
  facts_.state = TpmState::absent;
  facts_.detail = "it is being looked for";
}

Keeper::~Keeper() { stop(); }

void Keeper::start() {
  // A signal must not land in the thread that talks to the TPM: it would tear a command apart.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Keeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) stop_by_ = LoopClock::now() + to_put_down;
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Keeper::add(std::unique_ptr<Job> job) {
  std::optional<Error> refused;
  {
    const std::lock_guard lock(mutex_);
    refused = refusal(job->needs);
    if (!refused && !queue_.has_room(job->rank))
      refused = Error(Errc::throttled, "too many requests wait for the TPM");
    if (!refused) queue_.add(std::move(job));
  }
  if (refused) {
    job->answer(std::move(refused));
  } else {
    arrived_.notify_one();
  }
}

void Keeper::expect(std::optional<TpmAnchor> anchor) {
  {
    const std::lock_guard lock(mutex_);
    expected_ = std::move(anchor);
    moved_ = true;
    settled_ = false;
  }
  arrived_.notify_one();
}

std::optional<TpmAnchor> Keeper::expected() const {
  const std::lock_guard lock(mutex_);
  return expected_;
}

void Keeper::adopt(const TpmAnchor& anchor) {
  const std::lock_guard lock(mutex_);
  expected_ = anchor;
  adopted_ = true;
}

TpmFacts Keeper::facts() const {
  const std::lock_guard lock(mutex_);
  TpmFacts facts = facts_;
  facts.set_up = expected_.has_value();
  facts.commands = commands_.load();
  facts.waiting = queue_.size();
  return facts;
}

std::optional<Error> Keeper::refusal(Needs needs) const {
  if (stopping_) return Error(Errc::stopped, "the TPM's thread has stopped");
  if (!settled_) return std::nullopt;
  switch (facts_.state) {
    case TpmState::ready:
      if (needs == Needs::set_up && !expected_) return Error(Errc::unsupported, "the TPM is not set up");
      return std::nullopt;
    case TpmState::restarted:
      return std::nullopt;
    case TpmState::foreign:
      if (needs == Needs::any) return std::nullopt;
      return Error(Errc::refused, "not the expected TPM: " + facts_.detail);
    default:
      return Error(Errc::throttled,
                   "the TPM is " + std::string(to_text(facts_.state)) + ": " + facts_.detail);
  }
}

bool Keeper::is_serving() const {
  return settled_ && (facts_.state == TpmState::ready || facts_.state == TpmState::foreign);
}

Watch Keeper::watch() {
  Watch watch;
  watch.command_timeout = options_.command_timeout;
  watch.slow_timeout = options_.slow_timeout;
  watch.slice = options_.slice;
  watch.look_up = [this] { return look_up(); };
  watch.commands = &commands_;
  return watch;
}

// While a command is under way: requests whose time is up are answered, and stop() cuts the command off, but
// not before what it has in hand could be put down: a TPM without a resource manager would keep that.
TimePoint Keeper::look_up() {
  Jobs expired;
  TimePoint until = cut_off_at_;
  {
    const std::lock_guard lock(mutex_);
    expired = queue_.take_expired(LoopClock::now());
    if (stopping_ && !closing_) until = std::min(until, stop_by_);
  }
  answer_all(std::move(expired), Error(Errc::timed_out, "the TPM was busy for too long"));
  return until;
}

void Keeper::answer_all(Jobs jobs, const Error& error) {
  for (const auto& job : jobs) job->answer(error);
}

void Keeper::run() {
  name_thread("tpm");
  std::unique_ptr<Job> job;
  bool upkeep = false;
  while (next(job, upkeep)) {
    if (upkeep) {
      tend();
    } else if (job) {
      work(*job);
      job.reset();
    }
  }
  close();
}

bool Keeper::next(std::unique_ptr<Job>& job, bool& upkeep) {
  Jobs expired;
  {
    std::unique_lock lock(mutex_);
    const auto has_work = [this] { return stopping_ || moved_ || (is_serving() && queue_.size() > 0); };
    const TimePoint wake = std::min(due_, queue_.first_deadline().value_or(never));
    const TimePoint now = LoopClock::now();
    if (wake > now)
      arrived_.wait_for(lock, std::min<LoopClock::duration>(wake - now, std::chrono::hours(1)), has_work);
    if (stopping_) return false;
    expired = queue_.take_expired(LoopClock::now());
    upkeep = moved_ || LoopClock::now() >= due_;
    if (!upkeep && is_serving()) job = queue_.next();
  }
  answer_all(std::move(expired), Error(Errc::timed_out, "the TPM was busy for too long"));
  return true;
}

void Keeper::close() {
  Jobs left;
  {
    const std::lock_guard lock(mutex_);
    left = queue_.take_all();
  }
  answer_all(std::move(left), Error(Errc::stopped, "the TPM's thread has stopped"));
  closing_ = true;
  cut_off_at_ = LoopClock::now() + std::chrono::seconds(1);
  drop();
}

}  // namespace leafgate::tpm
