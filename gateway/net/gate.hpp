#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>

#include <boost/intrusive/list.hpp>

#include "gateway/model/result.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {

// Who may begin a handshake. Holds a bounded number of places, and a bounded number per source; everybody
// else waits without an SSL object, so that a storm is worked off a few at a time instead of all at once and
// late (performance.md, 6). First come first served, but newest first once the oldest has waited two seconds:
// then the old ones are about to give up anyway. One per loop; used on it.
class Gate {
 public:
  struct Limits {
    std::size_t places = 128;
    std::size_t per_source = 64;
    std::chrono::milliseconds newest_first_after{2000};
    std::chrono::milliseconds longest_wait{60'000};
  };

  explicit Gate(const Executor& executor, Limits limits);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // A place; given back when destroyed. Must not outlive the gate.
  class Slot {
   public:
    Slot(Slot&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), source_(other.source_) {}
    Slot& operator=(Slot&& other) noexcept {
      std::swap(gate_, other.gate_);
      std::swap(source_, other.source_);
      return *this;
    }
    ~Slot() {
      if (gate_ != nullptr) gate_->leave(source_);
    }

   private:
    friend class Gate;
    Slot(Gate& gate, std::uint64_t source) : gate_(&gate), source_(source) {}
    Gate* gate_;
    std::uint64_t source_;
  };

  // Waits for a place. `source` names who shares the bound per source. Errors: timed_out (waited longest),
  // stopped.
  Task<Result<Slot>> enter(std::uint64_t source);
  // Sends everybody who waits away, now and later.
  void stop();

  [[nodiscard]] std::size_t in_progress() const { return taken_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_; }

 private:
  struct Waiter
      : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    explicit Waiter(const Executor& executor) : wakeup(executor) {}
    TimePoint since;
    Wakeup wakeup;
    bool counted = false;   // in the queue, else parked with its source
    bool admitted = false;  // has a place
  };
  using Queue = boost::intrusive::list<Waiter, boost::intrusive::constant_time_size<false>>;
  struct Source {
    std::size_t counted = 0;  // in progress or in the queue: never above the bound per source
    Queue parked;             // its others
  };

  void leave(std::uint64_t source);
  void uncount(std::uint64_t source);
  void admit_next();
  [[nodiscard]] Waiter& pick(Queue& from) const;
  void wake_all(Queue& queue);

  Executor executor_;
  Limits limits_;
  std::size_t taken_ = 0;
  std::size_t waiting_ = 0;
  bool stopped_ = false;
  Queue queue_;
  std::unordered_map<std::uint64_t, Source> sources_;  // only those with somebody here
};

}  // namespace leafgate::net
