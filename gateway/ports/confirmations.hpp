#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/model/registration.hpp"
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

// What the certificate of a leaf showed when it was answered last.
struct ShownEnds {
  std::string key;  // registrationId in lower case
  ProofEnds ends;
  std::string enrollment_id{};  // that took it, as an Assignment names it
  std::string enrollment_etag{};
};

// Outward: what is known of many assignments brought up to date at once. First loop only. Errors: store_full,
// store_fault, stopped.
class Confirmations {
 public:
  virtual ~Confirmations() = default;

  // All in one transaction, at most 500; gives how many. Passed over: a leaf that is held to be elsewhere or
  // nowhere, whose assignment is provisional, or of which the service still has to hear.
  virtual Task<Result<std::size_t>> confirm(std::vector<Confirmation> those, PoweredTime powered,
                                            WallTime wall) = 0;
  // Assignment::ends, likewise, and where an assignment names no enrollment this one. Passed over: a leaf of
  // which no assignment is held.
  virtual Task<Result<std::size_t>> keep_ends(std::vector<ShownEnds> those) = 0;
};

}  // namespace leafgate
