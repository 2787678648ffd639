#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/standin/device_api.hpp"

namespace leafgate::standin {

// One request on its way through the device API.
struct DeviceApi::Call {
  std::string operation_word = "other";
  std::string scope;
  std::string id;
  std::string operation;
  std::string request_id;
  std::string sr;
  std::optional<Action> fault;
  std::shared_ptr<const TpmRound> round;  // whose key signed the token; null: another credential
};

}  // namespace leafgate::standin
