#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/flows/synthetic_leaves.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/line_operator.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/self_test.hpp"
#include "gateway/ports/tpm_operator.hpp"

namespace leafgate {

// Tries whether the gateway can do its work: itself, the way to the service, and every door, by a leaf that
// does not exist. Lives on the first loop; may be asked from any.
class SelfCheck : public SelfTestOperator {
 public:
  // All outlive it.
  struct Ports {
    Operator& desk;
    TpmOperator* tpm = nullptr;
    LineOperator* lines = nullptr;  // null: neither line nor broker
    ListenerVisitor& listeners;
    ServiceVisitor& service;
    SyntheticLeaves& synthetic;
    WallClock& clock;
    Random& random;
  };
  // What only the application can see.
  struct Facts {
    std::string id_scope;
    std::string service;                                            // host:port
    std::function<Task<std::vector<std::string>>()> configuration;  // mistakes of its files as they are now
    std::function<std::vector<ShownCertificate>()> certificates;
    std::function<std::optional<ShownCertificate>()> broker_certificate;  // may be left out
    std::function<Task<Result<DiskFacts>>()> disk;
    std::function<bool(const std::string& address)> has_address;  // whether this machine has it now
    std::function<void()> unreached;  // called when the service was not reached; may be left out
  };
  SelfCheck(Executor first_loop, Ports ports, Facts facts);

  Task<Result<std::vector<Finding>>> check() override;
  // Ends a check that runs, soon: what it has not looked at is left out, and so is all of a later one. First
  // loop.
  void stop();

 private:
  Task<Result<std::vector<Finding>>> check_here();
  Task<void> look_at_itself(std::vector<Finding>& into, const StatusReport& status);
  Task<void> look_at_service(std::vector<Finding>& into);
  Task<void> visit_listeners(std::vector<Finding>& into, const std::vector<std::string>& listening);
  SyntheticLeaf make_leaf();

  Executor first_loop_;
  Ports ports_;
  Facts facts_;
  bool running_ = false;
  bool timed_ = true;  // the clock may be right: dates are judged
  bool stopping_ = false;
};

}  // namespace leafgate
