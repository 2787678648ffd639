#pragma once

#include <map>
#include <string>
#include <vector>

#include "gateway/ports/service_directory.hpp"

namespace leafgate {

// The service's list of registrations, in memory. Members are open to tests.
class FakeServiceDirectory : public ServiceDirectory {
 public:
  std::map<std::string, RegistrationState> states;  // by registrationId in lower case; others: 404
  int http_status = 200;                            // another one is the answer to everything
  std::optional<Error> broken;                      // before an answer came
  std::optional<Seconds> retry_after;
  std::vector<std::string> asked;  // in order

  Task<Result<RegistrationState>> registration_state(RegistrationId id) override {
    asked.push_back(id.key());
    if (broken) co_return *broken;
    RegistrationState state;
    const auto known = states.find(id.key());
    if (known != states.end()) state = known->second;
    state.http_status = http_status != 200 ? http_status : known != states.end() ? 200 : 404;
    state.retry_after = retry_after;
    co_return state;
  }
};

}  // namespace leafgate
