#pragma once

#include <optional>
#include <utility>

#include "gateway/model/result.hpp"

namespace leafgate {

// Makes a fake fail on purpose: the n-th call from now, or every call until healed. A sweep over n = 1,
// 2, 3... shows that a flow survives each of its steps failing.
class FailSwitch {
 public:
  // The n-th call from now fails once (1: the next one).
  void fail_call(int n, Error error) {
    at_ = calls_ + n;
    error_ = std::move(error);
  }
  void fail_all(Error error) {
    all_ = true;
    error_ = std::move(error);
  }
  void heal() {
    all_ = false;
    at_ = 0;
  }
  [[nodiscard]] int calls() const { return calls_; }

  // Called by the fake at the start of each call: the error it must give, if any.
  [[nodiscard]] std::optional<Error> next() {
    ++calls_;
    if (all_ || calls_ == at_) return error_;
    return std::nullopt;
  }

 private:
  int calls_ = 0;
  int at_ = 0;
  bool all_ = false;
  std::optional<Error> error_;
};

}  // namespace leafgate
