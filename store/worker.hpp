#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "store/connection.hpp"
#include "store/health.hpp"
#include "store/job.hpp"

namespace leafgate {

// A thread with a connection of its own that runs jobs one after the other, outside of transactions. The
// store has two: the reader (read-only, so that no answer waits for a commit's sync) and the upkeep
// (checkpoints, checks and what goes through everything, so that neither a commit nor a reader waits for
// those). No Loop::Share for that one: it holds locks of the database, and somebody waits for backups.
class Worker {
 public:
  // `name` is the thread's.
  Worker(std::string name, Connection connection, Health& health);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Gives what function(Connection&) -> Result<T> gave. Errors beside its own: store_fault, stopped.
  template <class F>
  Task<std::invoke_result_t<F&, Connection&>> ask(F& function) {
    using Answer = std::invoke_result_t<F&, Connection&>;
    auto start = [&](Reply<Answer> reply) { add(std::make_unique<Call<F>>(function, std::move(reply))); };
    co_return co_await wait_for_reply<Answer>(start);
  }
  // Any thread, nobody waits.
  void post(std::function<Result<void>(Connection&)> function);

  // `finish` does what is queued; `interrupt` ends it with `stopped`, because a check of a large database on
  // a slow disk would hold up the stop. Closes the connection. A second time it does nothing.
  enum class End { finish, interrupt };
  void stop(End end);

 private:
  void add(std::unique_ptr<Job> job);
  void run();
  std::unique_ptr<Job> next();

  const std::string name_;
  Connection connection_;
  Health& health_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::unique_ptr<Job>> jobs_;  // under mutex_
  bool stopping_ = false;                  // under mutex_
  bool ended_ = false;                     // under mutex_
  std::thread thread_;
};

}  // namespace leafgate
