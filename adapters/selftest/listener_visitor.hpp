#pragma once

#include <memory>
#include <string>

#include "gateway/net/connector.hpp"
#include "gateway/ports/self_test.hpp"

namespace leafgate::selftest {

// Goes to the gateway's own doors as a leaf would, by TLS and in DPS's words, over MQTT, HTTPS or MQTT over
// WebSocket. One loop, one visit at a time.
class Listeners final : public ListenerVisitor {
 public:
  explicit Listeners(Executor loop, Millis time_limit = Millis(5'000))
      : loop_(std::move(loop)), time_limit_(time_limit) {}

  Task<Result<ListenerVisit>> visit(VisitedListener where, SyntheticLeaf leaf) override;
  void stop() override;

 private:
  Executor loop_;
  Millis time_limit_;
  std::unique_ptr<net::Connector> connector_;  // of the latest visit
  bool stopped_ = false;
};

}  // namespace leafgate::selftest
