#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "gateway/runtime/task.hpp"

namespace leafgate {

// The loop of a test's thread. It outlives what other threads post to it: a context may not go while a thread
// is still inside the post() that woke it last.
inline boost::asio::io_context& test_loop() {
  thread_local boost::asio::io_context context(1);
  return context;
}

// Keeps what a task gives, for tests that have several going.
template <class T>
Task<void> keep(Task<T> task, std::optional<T>& into) {
  into.emplace(co_await std::move(task));
}

// Runs tasks together on the test's loop, here and now, and gives what each gave.
template <class T>
std::vector<T> run_together(std::vector<Task<T>> tasks) {
  boost::asio::io_context& context = test_loop();
  context.restart();
  std::vector<std::optional<T>> kept(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i)
    spawn(context.get_executor(), keep(std::move(tasks[i]), kept[i]));
  context.run();
  std::vector<T> out;
  for (auto& value : kept) out.push_back(std::move(value.value()));
  return out;
}

template <class T>
T run_task(Task<T> task) {
  std::vector<Task<T>> one;
  one.push_back(std::move(task));
  return std::move(run_together(std::move(one)).front());
}

}  // namespace leafgate
