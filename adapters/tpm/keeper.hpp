#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "adapters/tpm/bench.hpp"
#include "adapters/tpm/queue.hpp"
#include "adapters/tpm/states.hpp"
#include "gateway/model/time.hpp"
#include "gateway/ports/tpm.hpp"

namespace leafgate::tpm {

struct KeeperOptions {
  Pauses pauses;
  Millis command_timeout{5000};
  Millis slow_timeout{30'000};  // of a command that makes a primary key
  Millis slice{50};             // between two looks at deadlines and stop() while a command is under way
  Millis session_life{180'000};
  Millis least_left{500};  // with less time than this a request is not begun: it would be cut off
  std::size_t most_own = 256;
  std::size_t most_derived = 64;
  // Nothing manages the TPM's room for several programs (an emulator behind a socket).
  bool alone = true;
};

// The TPM's thread: looks for the TPM, keeps everything laid out on it, carries requests out one by one, and
// knows how it stands (tpm.md §7.3). All signals are blocked in it.
class Keeper {
 public:
  // `changed` is called on the thread after each change of state.
  Keeper(KeeperOptions options, TransportMaker make_transport, std::function<void()> changed);
  ~Keeper();  // stops
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  void start();
  // Cuts off what is under way and answers everything with Errc::stopped. Once; add() may follow.
  void stop();

  void add(std::unique_ptr<Job> job);            // any thread; answers at once where nothing can be done
  void expect(std::optional<TpmAnchor> anchor);  // any thread
  [[nodiscard]] std::optional<TpmAnchor> expected() const;
  void adopt(const TpmAnchor& anchor);   // within a job: its bench is laid out for this one now
  [[nodiscard]] TpmFacts facts() const;  // any thread

 private:
  using Jobs = std::vector<std::unique_ptr<Job>>;

  void run();
  bool next(std::unique_ptr<Job>& job, bool& tend);
  void tend();
  void look();
  void look_whether_unlocked();
  void build();
  std::optional<Failure> try_build();
  void drop();
  void close();

  void work(Job& job);
  std::optional<Failure> attempt(Job& job);
  // What a failure of a request means once the doubts it raises are followed; the state is changed with it.
  Failure judge(const Failure& failure);
  void met(const Failure& failure);
  void apply(Event event, const std::string& detail);
  Outcome<void> read_facts();
  void refuse_waiting();
  static void answer_all(Jobs jobs, const Error& error);

  [[nodiscard]] std::optional<Error> refusal(Needs needs) const;  // under mutex_
  [[nodiscard]] bool is_serving() const;                          // under mutex_
  [[nodiscard]] bool is_stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }
  TimePoint look_up();
  [[nodiscard]] Watch watch();

  const KeeperOptions options_;
  const TransportMaker make_transport_;
  const std::function<void()> changed_;

  // The thread's own.
  States states_;
  std::unique_ptr<Bench> bench_;
  std::optional<Leftovers> leftovers_;
  Action action_ = Action::rebuild;
  TimePoint due_{};       // when action_ is
  TimePoint cut_off_at_;  // the running request's deadline
  bool closing_ = false;
  bool is_told_ = false;  // the log knows the state

  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  Queue queue_;  // under mutex_, as all that follows
  std::optional<TpmAnchor> expected_;
  bool moved_ = false;    // the expected one has changed
  TimePoint stop_by_{};   // once it is stopping
  bool settled_ = false;  // it is known how the TPM stands: until then requests wait
  bool adopted_ = false;
  bool stopping_ = false;
  TpmFacts facts_;
  std::atomic<std::uint64_t> commands_{0};
  std::thread thread_;
};

}  // namespace leafgate::tpm
