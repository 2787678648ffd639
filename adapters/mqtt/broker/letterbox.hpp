#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "adapters/mqtt/broker/report.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate::broker {

// The one way from foreign threads to the first loop: a bounded queue and a post. Messages beyond the bound
// are dropped and counted; what the client says of itself always gets in, and there is little of it.
class Letterbox : public std::enable_shared_from_this<Letterbox> {
 public:
  static constexpr std::size_t most_messages = 1024;
  static constexpr std::size_t most_octets = 4 * 1024 * 1024;

  Letterbox(Executor loop, std::function<void(Report&&)> tell);

  // Any thread; never throws, never waits for the loop. `connection` says of which connection it is told.
  void put(std::uint64_t connection, Report report) noexcept;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  // On the loop: what is told of earlier connections is not passed on any more.
  void only(std::uint64_t connection) { connection_ = connection; }
  // On the loop: nothing is told any more, and no thread is inside a post when this returns.
  void close();

 private:
  void deliver();

  const Executor loop_;
  std::function<void(Report&&)> tell_;  // loop only
  std::uint64_t connection_ = 0;        // loop only
  std::mutex mutex_;                    // guards what follows
  bool open_ = true;
  bool posted_ = false;
  std::size_t messages_ = 0;
  std::size_t octets_ = 0;
  std::deque<std::pair<std::uint64_t, Report>> reports_;
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace leafgate::broker
