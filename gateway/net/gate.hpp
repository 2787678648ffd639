#pragma once

#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "gateway/model/result.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/rate.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate::net {

// Who may begin a handshake. Holds a bounded number of places, and a bounded number per source; everybody
// else waits without an SSL object, so that a storm is worked off a few at a time instead of all at once and
// late (performance.md, 6). First come first served, but newest first once the oldest has waited two seconds:
// then the old ones are about to give up anyway. Known sources, where a leaf was verified lately, go before
// the others: a crowd of strangers shall not keep the line from its work. One per loop; used on it, and
// destroyed when nobody waits or has a place any more.
class Gate {
 public:
  struct Limits {
    std::size_t places = 128;
    std::size_t per_source = 64;  // in progress, or answered without a proof
    std::chrono::milliseconds newest_first_after{2000};
    std::chrono::milliseconds longest_wait{60'000};
    double per_second = 0;  // handshakes begun; 0 is without a bound
  };
  struct Visitor {
    Visitor(std::uint64_t s, bool k = false, std::size_t n = std::numeric_limits<std::size_t>::max())
        : source(s), known(k), at_most(n) {}
    std::uint64_t source;  // who shares the bound per source
    bool known;
    std::size_t at_most;  // of this source from now on, if less than the bound; not 0
  };

  explicit Gate(const Executor& executor, Limits limits);
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // A place, and one of the number its source may have; both given back when destroyed. Must not outlive the
  // gate.
  class Slot {
   public:
    Slot(Slot&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), source_(other.source_), has_place_(other.has_place_) {}
    Slot& operator=(Slot&& other) noexcept {
      std::swap(gate_, other.gate_);
      std::swap(source_, other.source_);
      std::swap(has_place_, other.has_place_);
      return *this;
    }
    ~Slot() {
      give_place();
      if (gate_ != nullptr) gate_->uncount(source_);
    }
    // The place to the next one; what its source may have stays counted.
    void give_place() {
      if (gate_ != nullptr && std::exchange(has_place_, false)) gate_->leave();
    }
    // Whether somebody would begin if this were given back.
    [[nodiscard]] bool is_wanted() const { return has_place_ && gate_->wants(source_); }

   private:
    friend class Gate;
    Slot(Gate& gate, std::uint64_t source) : gate_(&gate), source_(source) {}
    Gate* gate_;
    std::uint64_t source_;
    bool has_place_ = true;
  };

  // Who waits for a place: an object and no coroutine, whose frames would be more than half of what a waiting
  // connection costs in memory. The gate owns it until its wait is over.
  class Guest {
   public:
    virtual ~Guest() = default;
    // The wait is over, and the guest's life with this call. Errors: timed_out (waited longest), stopped.
    // Comes by itself on the loop, never out of a call to the gate.
    virtual void called(Result<Slot> slot) = 0;
  };
  void enter(Visitor visitor, std::unique_ptr<Guest> guest);
  // To be called a tenth of a second apart or less while somebody waits: lets in what the pace allows, and
  // ends the waits that were too long.
  void look();
  // Sends everybody who waits away, now and later.
  void stop();

  [[nodiscard]] std::size_t in_progress() const { return taken_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_; }

 private:
  struct Waiter {
    std::unique_ptr<Guest> guest;
    TimePoint since;
    std::uint64_t source;
    bool known;
    bool counted;  // in a queue, else parked with its source
  };
  using Queue = std::list<Waiter>;
  struct Source {
    std::size_t counted = 0;  // in progress, pending or queued: not above the bound when one is added
    std::size_t bound = 0;
    Queue parked;  // its others
  };

  void leave();
  void uncount(std::uint64_t source);
  void unpark(Source& source);
  void admit_next();
  [[nodiscard]] bool wants(std::uint64_t source) const;
  [[nodiscard]] bool may_begin();
  [[nodiscard]] Queue& queue_of(bool known) { return known ? known_ : others_; }
  [[nodiscard]] bool nobody_queues() const { return known_.empty() && others_.empty(); }
  [[nodiscard]] Queue::iterator pick(Queue& from) const;
  void call(std::unique_ptr<Guest> guest, Result<Slot> slot);
  void send_away(TimePoint since_before, const Error& why);

  Executor executor_;
  Limits limits_;
  TokenBucket pace_;
  std::size_t taken_ = 0;
  std::size_t waiting_ = 0;
  bool stopped_ = false;
  TimePoint searched_ = TimePoint::min();  // for those who waited too long
  Queue known_;
  Queue others_;
  std::unordered_map<std::uint64_t, Source> sources_;  // only those with somebody here
};

}  // namespace leafgate::net
