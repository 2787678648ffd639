#pragma once

#include <functional>
#include <memory>
#include <string>

#include "gateway/runtime/task.hpp"

namespace leafgate::serial {

// Says when a path may have come: watches the deepest folder on the way to it that there is (inotify). Links
// in the path are followed as they stand then. Best effort: where the kernel gives no watch it says nothing.
// One loop; nothing is called after destruction.
class FolderWatch {
 public:
  FolderWatch(const Executor& executor, std::string path, std::function<void()> changed);
  ~FolderWatch();
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

 private:
  struct State;
  static void wait(const std::shared_ptr<State>& state);
  static bool drain(State& state);
  static void aim(State& state);

  std::shared_ptr<State> state_;
};

}  // namespace leafgate::serial
