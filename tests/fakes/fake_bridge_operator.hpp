#pragma once

#include <string>
#include <vector>

#include "gateway/ports/bridge_operator.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// Gives a token for every leaf, unless told to fail. Members are open to tests.
class FakeBridgeOperator : public BridgeOperator {
 public:
  FailSwitch fail;
  Seconds retry_after{};  // of what fails
  HubToken token{"SharedAccessSignature sr=a&sig=b&se=1", WallTime(Seconds(1'800'003'600)), "hub.example",
                 "dev-1"};
  std::vector<std::string> asked;  // registrationIds, in order
  Millis life{};                   // asked for, of the newest
  Actor who;                       // of the newest

  Task<HubTokenAnswer> hub_token(RegistrationId id, Millis asked_life, Actor actor) override {
    asked.push_back(id.text());
    life = asked_life;
    who = std::move(actor);
    if (auto error = fail.next()) {
      HubTokenAnswer refused(*error);
      refused.retry_after = retry_after;
      co_return refused;
    }
    co_return HubTokenAnswer(token);
  }
};

}  // namespace leafgate
