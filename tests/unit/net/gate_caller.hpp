#pragma once

#include <memory>
#include <optional>

#include <boost/asio/this_coro.hpp>

#include "gateway/net/gate.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {

// A guest of the gate for tests that are coroutines.
class GateCaller final : public Gate::Guest {
 public:
  struct Ear {
    explicit Ear(const Executor& executor) : wakeup(executor) {}
    std::optional<Result<Gate::Slot>> heard;
    Wakeup wakeup;
  };
  explicit GateCaller(Ear& ear) : ear_(ear) {}
  void called(Result<Gate::Slot> slot) override {
    ear_.heard.emplace(std::move(slot));
    ear_.wakeup.notify();
  }

 private:
  Ear& ear_;
};

// Waits in the gate until called. Errors: those of Guest::called().
inline Task<Result<Gate::Slot>> enter(Gate& gate, Gate::Visitor visitor) {
  const auto executor = co_await boost::asio::this_coro::executor;
  GateCaller::Ear ear(executor);
  gate.enter(visitor, std::make_unique<GateCaller>(ear));
  co_await ear.wakeup.wait();
  co_return std::move(*ear.heard);
}

}  // namespace leafgate::net
