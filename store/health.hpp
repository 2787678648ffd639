#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "gateway/model/result.hpp"
#include "gateway/ports/site_state.hpp"

namespace leafgate {

// What the threads of the store know of its state together. A fault is for good: from its first sight on
// every answer of the store is that fault, because after a failed write or sync nothing can be promised by
// trying again (reliability §2.4). Any thread.
class Health : public StoreMonitor {
 public:
  // `on_fault` is called once, on the thread that saw the fault.
  Health(std::string database, std::function<void(const Error&)> on_fault)
      : database_(std::move(database)), on_fault_(std::move(on_fault)) {}

  [[nodiscard]] StoreHealth health() const override;

  // Takes an error that a thread of the store met; only a store_fault changes anything.
  void saw(const Error& error);
  [[nodiscard]] std::optional<Error> fault() const;

  void set_full(bool full) { full_ = full; }
  [[nodiscard]] bool full() const { return full_; }
  void set_checked() { checked_ = true; }
  void count_write() { ++writes_; }

 private:
  const std::string database_;
  const std::function<void(const Error&)> on_fault_;
  mutable std::mutex mutex_;
  std::optional<Error> fault_;
  std::atomic<bool> faulty_{false};
  std::atomic<bool> full_{false};
  std::atomic<bool> checked_{false};
  std::atomic<std::int64_t> writes_{0};
};

}  // namespace leafgate
