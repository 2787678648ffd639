#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "gateway/net/stream.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::tunnel {

// Which end of a tunnel.
enum class Side { leaf, far };

// Sees what passes, before it is passed on.
class Onlooker {
 public:
  virtual void saw(Side from, ByteView octets) = 0;

 protected:
  ~Onlooker() = default;
};

// Carries octets both ways between two streams until both have come to their end. An end on one side is
// passed on by itself, the other direction goes on. A direction whose reader is slow reads no more than it
// has room for: 8 KiB while much is under way, 1 KiB at rest. The deadlines of both streams are its own to
// set. Lives in the frame that runs it, on the loop of both streams.
class Splice {
 public:
  struct Bounds {
    std::uint64_t octets = std::numeric_limits<std::uint64_t>::max();  // both directions together
    TimePoint end = TimePoint::max();
    LoopClock::duration silence = std::chrono::seconds(30);  // of both sides
    // Silence counts only until the far side has spoken, and again once one side has ended.
    bool may_rest = false;
  };
  enum class End {
    orderly,  // both sides
    gone,     // one side went without a goodbye
    octets,   // a bound was reached
    time,
    silence,
    stopped,
    cut,  // by cut()
  };

  Splice(const Executor& executor, net::Stream& leaf, net::Stream& far, const Bounds& bounds,
         Onlooker& onlooker);
  Splice(const Splice&) = delete;
  Splice& operator=(const Splice&) = delete;

  // Once.
  Task<End> run();
  // Ends both sides at once.
  void cut() { finish(End::cut); }
  // Afterwards: who came to an end first, in whatever way; nobody when a bound ended both.
  [[nodiscard]] std::optional<Side> first_to_end() const { return first_; }

 private:
  Task<void> back();
  Task<void> carry(net::Stream& from, net::Stream& to, Side side);
  bool may_pass(std::size_t count);
  void ended(Side side);
  void failed(Side side, const Error& error);
  void finish(End how);
  void renew();
  void set_deadlines(TimePoint when);
  [[nodiscard]] net::Stream& stream(Side side) { return side == Side::leaf ? leaf_ : far_; }

  Executor executor_;
  net::Stream& leaf_;
  net::Stream& far_;
  Bounds bounds_;
  Onlooker& onlooker_;
  Wakeup came_back_;
  bool back_ = false;
  bool far_spoke_ = false;
  bool one_ended_ = false;
  std::uint64_t passed_ = 0;
  std::optional<End> end_;  // set when it is not an orderly one
  std::optional<Side> first_;
};

}  // namespace leafgate::tunnel
