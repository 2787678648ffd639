#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "gateway/runtime/clock.hpp"
#include "store/connection.hpp"
#include "store/health.hpp"
#include "store/job.hpp"
#include "store/log_copy.hpp"
#include "store/reserve.hpp"

namespace leafgate {

// What a job does to the room on the disk: while it is full, only what frees room is let through.
enum class Room { needs, frees };

// Work too long for one transaction: a step is a transaction of its own, run between the batches of jobs.
// One at a time, in order of arrival. A job that comes while a step runs waits for it: so a step is short
// (rows_of_a_step), rests behind each that wrote something, and waits while the log is long, which only
// begins anew when all of it was copied.
class Steps {
 public:
  virtual ~Steps() = default;
  [[nodiscard]] virtual Room room() const = 0;
  virtual Result<bool> step(Connection& connection) = 0;  // true: that was the last
  virtual void answer(std::optional<Error> failure) = 0;  // exactly once, on the writer's thread
};
inline constexpr std::size_t rows_of_a_step = 100;

// Steps of a coroutine: `function(Connection&)` gives a Result<bool> and lives in that coroutine's frame.
template <class F>
class StepsCall : public Steps {
 public:
  StepsCall(F& function, Room room, Reply<Result<void>> reply)
      : function_(function), room_(room), reply_(std::move(reply)) {}

  [[nodiscard]] Room room() const override { return room_; }
  Result<bool> step(Connection& connection) override { return function_(connection); }
  void answer(std::optional<Error> failure) override {
    reply_(failure ? Result<void>(std::move(*failure)) : Result<void>());
  }

 private:
  F& function_;
  const Room room_;
  Reply<Result<void>> reply_;
};

// The one thread that changes the database. Group commit without a timer: what was queued while the last
// commit ran becomes one transaction, each job under a savepoint of its own; answers are posted only after
// COMMIT with synchronous=FULL has returned. Functions run on the writer's thread.
class Writer {
 public:
  // `wants_checkpoint` is called on the writer's thread each time the log has grown by 1,000 frames, and
  // while long work waits for it; log_was_copied() is to follow.
  Writer(Connection connection, Health& health, Reserve reserve, std::function<void()> wants_checkpoint);
  ~Writer();  // finishes what is queued; the log stays for the next start
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Runs function(Connection&) -> Result<T> in a transaction and gives what it gave once that is durable. An
  // error it gives undoes its own changes only. Errors beside its own: store_full, store_fault, throttled,
  // stopped; then nothing it did remains.
  template <class F>
  Task<std::invoke_result_t<F&, Connection&>> write(F& function, Room room = Room::needs) {
    using Answer = std::invoke_result_t<F&, Connection&>;
    auto start = [&](Reply<Answer> reply) {
      add(std::make_unique<Call<F>>(function, std::move(reply)), room);
    };
    co_return co_await wait_for_reply<Answer>(start);
  }
  // Long work. Steps that come after stop() or end_steps() are answered `stopped`.
  void add_steps(std::unique_ptr<Steps> steps);
  // Long work of a coroutine: runs function(Connection&) -> Result<bool> again and again, until it gives true
  // or an error. When it runs once more, what it did before is durable. Errors beside its own: as write();
  // what earlier steps did remains.
  template <class F>
  Task<Result<void>> write_in_steps(F& function, Room room = Room::needs) {
    auto start = [&](Reply<Result<void>> reply) {
      add_steps(std::make_unique<StepsCall<F>>(function, room, std::move(reply)));
    };
    co_return co_await wait_for_reply<Result<void>>(start);
  }
  // Ends long work with `stopped`, behind the step that runs, while jobs are still taken. Any thread.
  void end_steps();
  // A checkpoint that was wanted has been tried: long work that waits for the log may go on. Any thread.
  void log_was_copied();

  // Finishes the jobs that are queued, ends long work with `stopped`, copies the log into the database and
  // closes it. True when the database is known to be whole on the disk. Once.
  bool stop();
  [[nodiscard]] bool is_alive_since_last_asked();  // for the watchdog, any thread

 private:
  struct Waiting {
    std::unique_ptr<Job> job;
    Room room;
  };
  using Batch = std::vector<Waiting>;

  void add(std::unique_ptr<Job> job, Room room);
  void run();
  bool next(Batch& batch, Steps*& steps);
  void wait_for_work(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool log_is_long() const;
  [[nodiscard]] bool may_step() const;  // under mutex_
  void finish_thread();
  void commit(Batch& batch);
  Result<void> run_batch(Batch& batch);
  Result<void> run_job(Job& job);
  void commit_step(Steps& steps);
  Result<bool> run_step(Steps& steps);
  template <class F>
  Result<void> in_transaction(F function);
  std::optional<Error> refusal(Room room);
  void met(const Error& error);
  void look_after_log();
  void cut_log(std::int64_t frames);
  void ask_for_checkpoint();

  Connection connection_;
  Health& health_;
  Reserve reserve_;
  const std::function<void()> wants_checkpoint_;
  std::int64_t asked_at_ = 0;        // frames of the log when a checkpoint was last asked for
  std::int64_t cut_in_vain_at_ = 0;  // and when it could not be cut because somebody read it; 0: it could
  TimePoint rests_until_{};          // long work

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Waiting> jobs_;                  // under mutex_
  std::deque<std::unique_ptr<Steps>> steps_;  // under mutex_; the front one is being worked on
  LogCopy copy_;                              // under mutex_
  bool no_steps_ = false;                     // under mutex_: any more
  bool stopping_ = false;                     // under mutex_
  std::atomic<bool> ticked_{true};
  std::thread thread_;
};

}  // namespace leafgate
