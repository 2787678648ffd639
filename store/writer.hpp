#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/connection.hpp"
#include "store/health.hpp"
#include "store/job.hpp"
#include "store/reserve.hpp"

namespace leafgate {

// What a job does to the room on the disk: while it is full, only what frees room is let through.
enum class Room { needs, frees };

// Work too long for one transaction: a step is a transaction of its own, run between the batches of jobs.
// One at a time, in order of arrival.
class Steps {
 public:
  virtual ~Steps() = default;
  [[nodiscard]] virtual Room room() const = 0;
  virtual Result<bool> step(Connection& connection) = 0;  // true: that was the last
  virtual void answer(std::optional<Error> failure) = 0;  // exactly once, on the writer's thread
};

// The one thread that changes the database. Group commit without a timer: what was queued while the last
// commit ran becomes one transaction, each job under a savepoint of its own; answers are posted only after
// COMMIT with synchronous=FULL has returned. Functions run on the writer's thread.
class Writer {
 public:
  // `wants_checkpoint` is called on the writer's thread each time the log has grown by 1,000 frames.
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
  // Long work. Steps that come after stop() are answered `stopped`.
  void add_steps(std::unique_ptr<Steps> steps);

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

  Connection connection_;
  Health& health_;
  Reserve reserve_;
  const std::function<void()> wants_checkpoint_;
  std::int64_t asked_at_ = 0;  // frames of the log when a checkpoint was last asked for

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Waiting> jobs_;                  // under mutex_
  std::deque<std::unique_ptr<Steps>> steps_;  // under mutex_; the front one is being worked on
  bool stopping_ = false;                     // under mutex_
  std::atomic<bool> ticked_{true};
  std::thread thread_;
};

}  // namespace leafgate
