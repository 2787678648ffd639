#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/tunnel/rules.hpp"

namespace leafgate {

// service.hub_suffixes, as a reload may change them while connections are routed. Any thread.
class HubSuffixes {
 public:
  void set(std::vector<std::string> suffixes) {
    const std::lock_guard lock(mutex_);
    suffixes_ = std::move(suffixes);
  }
  [[nodiscard]] bool hold(std::string_view name) const {
    const std::lock_guard lock(mutex_);
    return tunnel::is_under(name, suffixes_);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> suffixes_;
};

}  // namespace leafgate
