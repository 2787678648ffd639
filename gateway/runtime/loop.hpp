#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "gateway/runtime/task.hpp"

namespace leafgate {

// One io_context and its thread. What is created on a loop lives and dies there. Destroy it after everything
// that its coroutines refer to has drained (netcore §5).
class Loop {
 public:
  // Of the processor: as any thread, or only what no other one wants (runtime/thread).
  enum class Share { any, what_is_left };

  explicit Loop(std::string name, Share share = Share::any);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] Executor executor() { return context_.get_executor(); }
  [[nodiscard]] boost::asio::io_context& context() { return context_; }

  void start();     // runs the loop on a thread of its own
  void run_here();  // runs it on the calling thread until released
  void release();   // lets run() return when no work is left; any thread
  void join();      // waits for the thread; once
  // For the watchdog, asked from one thread: posts a tick and says whether the one before ran.
  [[nodiscard]] bool is_alive_since_last_asked();

 private:
  std::string name_;
  const Share share_;
  boost::asio::io_context context_{1};
  std::optional<boost::asio::executor_work_guard<Executor>> guard_;
  std::thread thread_;
  std::atomic<bool> ticked_{true};
  std::atomic<bool> released_{false};
};

}  // namespace leafgate
