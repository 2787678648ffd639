#include "store/writer.hpp"

#include <algorithm>
#include <utility>

#include "gateway/runtime/log.hpp"
#include "gateway/runtime/thread.hpp"

namespace leafgate {
namespace {

constexpr std::size_t most_jobs_of_a_commit = 256;  // bounds the room and the time one commit takes
constexpr std::int64_t frames_between_checkpoints = 1000;
constexpr std::int64_t most_frames = 4000;
constexpr std::int64_t most_frames_while_full = 100;  // it must not eat up the reserve
// Long work would let it grow without end, because it begins anew only when nothing is left to copy.
constexpr std::int64_t most_frames_of_long_work = 2 * frames_between_checkpoints;
constexpr Millis rest_of_long_work{5};
constexpr Millis courtesy_of_a_step{10};  // while it lasts jobs wait: not for ever longer on a busy machine
constexpr Millis look_again{1000};        // by then whoever copies the log may have met a fault

// After these the transaction is lost, not one job.
bool concerns_all(const Error& error) {
  return error.code == Errc::store_full || error.code == Errc::store_fault || error.code == Errc::throttled;
}

}  // namespace

Writer::Writer(Connection connection, Health& health, Reserve reserve, std::function<void()> wants_checkpoint)
    : connection_(std::move(connection)),
      health_(health),
      reserve_(std::move(reserve)),
      wants_checkpoint_(std::move(wants_checkpoint)) {
  thread_ = std::thread([this] { run(); });
}

Writer::~Writer() { finish_thread(); }

void Writer::finish_thread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool Writer::stop() {
  finish_thread();
  bool whole = !health_.fault();
  if (whole) {
    const auto left = connection_.checkpoint(true);
    if (!left) health_.saw(left.error());
    whole = left && *left == 0;
  }
  const Connection closed = std::move(connection_);
  return whole;
}

bool Writer::is_alive_since_last_asked() {
  const bool ticked = ticked_.exchange(false);
  { const std::lock_guard lock(mutex_); }  // the thread is not between its look at ticked_ and its wait
  arrived_.notify_one();
  return ticked;
}

void Writer::add(std::unique_ptr<Job> job, Room room) {
  std::unique_ptr<Job> refused;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refused = std::move(job);
    } else {
      jobs_.push_back(Waiting{std::move(job), room});
    }
  }
  if (refused) {
    refused->answer(Error(Errc::stopped, "the store is closed"));
  } else {
    arrived_.notify_one();
  }
}

void Writer::add_steps(std::unique_ptr<Steps> steps) {
  std::unique_ptr<Steps> refused;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || no_steps_) {
      refused = std::move(steps);
    } else {
      steps_.push_back(std::move(steps));
    }
  }
  if (refused) {
    refused->answer(Error(Errc::stopped, "the store is closed"));
  } else {
    arrived_.notify_one();
  }
}

void Writer::end_steps() {
  {
    const std::lock_guard lock(mutex_);
    no_steps_ = true;
  }
  arrived_.notify_one();
}

void Writer::log_was_copied() {
  {
    const std::lock_guard lock(mutex_);
    copy_.done();
  }
  arrived_.notify_one();
}

bool Writer::log_is_long() const { return connection_.log_frames() >= most_frames_of_long_work; }

bool Writer::may_step() const {
  const TimePoint now = LoopClock::now();
  if (steps_.empty() || now < rests_until_) return false;
  return !log_is_long() || copy_.lets_one_step_go_on(now) || health_.fault();
}

void Writer::wait_for_work(std::unique_lock<std::mutex>& lock) {
  const auto has_work = [this] { return !jobs_.empty() || may_step() || (no_steps_ && !steps_.empty()); };
  while (!stopping_ && ticked_ && !has_work()) {
    const auto rest = rests_until_ - LoopClock::now();
    if (steps_.empty()) {
      arrived_.wait(lock);
    } else if (rest > rest.zero()) {
      arrived_.wait_for(lock, rest);
    } else if (copy_.is_asked_or_done()) {
      arrived_.wait_for(lock, look_again);
    } else {
      lock.unlock();
      ask_for_checkpoint();
      lock.lock();
    }
  }
}

bool Writer::next(Batch& batch, Steps*& steps) {
  batch.clear();
  std::deque<std::unique_ptr<Steps>> ended;
  std::unique_lock lock(mutex_);
  wait_for_work(lock);
  ticked_ = true;
  const std::size_t taken = std::min(jobs_.size(), most_jobs_of_a_commit);
  std::move(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(taken), std::back_inserter(batch));
  jobs_.erase(jobs_.begin(), jobs_.begin() + static_cast<std::ptrdiff_t>(taken));
  if (no_steps_) ended.swap(steps_);
  steps = !stopping_ && may_step() ? steps_.front().get() : nullptr;
  const bool goes_on = !stopping_ || !batch.empty();
  lock.unlock();
  for (const auto& one : ended) one->answer(Error(Errc::stopped, "the store is closed"));
  return goes_on;
}

void Writer::run() {
  name_thread("store-writer");
  Batch batch;
  Steps* steps = nullptr;
  while (next(batch, steps)) {
    if (!batch.empty()) commit(batch);
    if (steps != nullptr) commit_step(*steps);
    look_after_log();
  }
  for (const auto& left : steps_) left->answer(Error(Errc::stopped, "the store is closed"));
}

// Why nothing may be tried at all, if so. Room comes back by taking the reserve again.
std::optional<Error> Writer::refusal(Room room) {
  if (auto fault = health_.fault()) return fault;
  if (!health_.full() || room == Room::frees) return std::nullopt;
  if (!reserve_.take_again()) return Error(Errc::store_full, std::string(no_room));
  health_.set_full(false);
  log::notice("the store has room again");
  return std::nullopt;
}

void Writer::commit(Batch& batch) {
  Batch tried;
  for (Waiting& waiting : batch) {
    if (auto refused = refusal(waiting.room)) {
      waiting.job->answer(std::move(refused));
    } else {
      tried.push_back(std::move(waiting));
    }
  }
  if (tried.empty()) return;
  const auto done = run_batch(tried);
  if (!done) met(done.error());
  for (const Waiting& waiting : tried) {
    waiting.job->answer(done ? std::optional<Error>() : done.error());
  }
}

Result<void> Writer::run_batch(Batch& batch) {
  return in_transaction([&]() -> Result<void> {
    for (const Waiting& waiting : batch) {
      if (auto done = run_job(*waiting.job); !done) return done;
    }
    return {};
  });
}

Result<void> Writer::run_job(Job& job) {
  if (auto begun = Query(connection_, "SAVEPOINT job").run(); !begun) return begun;
  const auto error = job.run(connection_);
  if (error && (concerns_all(*error) || !connection_.in_transaction())) return *error;
  if (error) {
    if (auto undone = Query(connection_, "ROLLBACK TO job").run(); !undone) return undone;
  }
  return Query(connection_, "RELEASE job").run();
}

void Writer::commit_step(Steps& steps) {
  const std::int64_t before = connection_.commits();
  const auto done = run_step(steps);
  if (connection_.commits() != before) {
    rests_until_ = LoopClock::now() + rest_of_long_work;
    const std::lock_guard lock(mutex_);
    copy_.use_up();
  }
  if (done && !*done) return;
  std::optional<Error> failure;
  if (!done) {
    failure = done.error();
    met(*failure);
  }
  std::unique_ptr<Steps> finished;
  {
    const std::lock_guard lock(mutex_);
    finished = std::move(steps_.front());
    steps_.pop_front();
  }
  finished->answer(std::move(failure));
}

Result<bool> Writer::run_step(Steps& steps) {
  if (auto refused = refusal(steps.room())) return *refused;
  bool last = false;
  connection_.courtesy().begin(courtesy_of_a_step);
  const auto done = in_transaction([&]() -> Result<void> {
    const auto stepped = steps.step(connection_);
    if (!stepped) return stepped.error();
    last = *stepped;
    return {};
  });
  connection_.courtesy().end();
  if (!done) return done.error();
  return last;
}

template <class F>
Result<void> Writer::in_transaction(F function) {
  const std::int64_t before = connection_.commits();
  if (auto begun = Query(connection_, "BEGIN IMMEDIATE").run(); !begun) return begun;
  Result<void> done = function();
  if (done) done = Query(connection_, "COMMIT").run();
  if (!done) {
    // SQLite has rolled back by itself after most I/O errors; then ROLLBACK only says so.
    if (connection_.in_transaction()) {
      const auto undone = Query(connection_, "ROLLBACK").run();
      if (!undone) health_.saw(undone.error());
    }
    return done;
  }
  if (connection_.commits() != before) health_.count_write();
  return {};
}

// An error that was not one job's own.
void Writer::met(const Error& error) {
  health_.saw(error);
  if (error.code != Errc::store_full || health_.full()) return;
  log::error("the store is full", {{"error", error.detail}});
  health_.set_full(true);
  reserve_.give_back();
  const auto left = connection_.checkpoint(true);
  if (!left) health_.saw(left.error());
}

void Writer::look_after_log() {
  const std::int64_t frames = connection_.log_frames();
  if (frames < asked_at_) asked_at_ = 0;  // the log began anew
  if (frames < cut_in_vain_at_) cut_in_vain_at_ = 0;
  // Whoever reads it goes on reading for a while: not again with every commit, for which leaves wait.
  const std::int64_t most = cut_in_vain_at_ == 0 ? most_frames : cut_in_vain_at_ + frames_between_checkpoints;
  if (frames >= (health_.full() ? most_frames_while_full : most) && !health_.fault()) {
    cut_log(frames);
  } else if (frames >= asked_at_ + frames_between_checkpoints) {
    asked_at_ = frames;
    ask_for_checkpoint();
  }
}

void Writer::cut_log(std::int64_t frames) {
  const auto left = connection_.checkpoint(true);
  if (!left) met(left.error());
  cut_in_vain_at_ = connection_.log_frames() == 0 ? 0 : frames;
}

void Writer::ask_for_checkpoint() {
  {
    const std::lock_guard lock(mutex_);
    copy_.ask(LoopClock::now());
  }
  wants_checkpoint_();
}

}  // namespace leafgate
