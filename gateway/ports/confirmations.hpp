#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// The service still has a leaf where it is held to be.
struct Confirmation {
  std::string key;  // registrationId in lower case
  std::string assigned_hub;
  std::string device_id;
};

// Outward: the age of many assignments set anew at once. First loop only. Errors: store_full, store_fault,
// stopped.
class Confirmations {
 public:
  virtual ~Confirmations() = default;

  // All in one transaction, at most 500; gives how many. Passed over: a leaf that is held to be elsewhere or
  // nowhere, whose assignment is provisional, or of which the service still has to hear.
  virtual Task<Result<std::size_t>> confirm(std::vector<Confirmation> those, PoweredTime powered,
                                            WallTime wall) = 0;
};

}  // namespace leafgate
