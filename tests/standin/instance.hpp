#pragma once

#include <functional>
#include <string>

#include "tests/standin/enrollments.hpp"
#include "tests/standin/faults.hpp"
#include "tests/standin/registrations.hpp"

namespace leafgate::standin {

struct Settings {
  std::string id_scope;
  int polls = 0;               // polls answered `assigning` before an operation ends
  int retry_after = 3;         // seconds on every 202; 0 = header absent
  std::size_t quota = 0;       // registrations in any window of time; above: 429. 0: no limit
  double quota_window = 60;    // seconds
  bool chunked = true;         // as the real service sends
  bool tpm_over_mqtt = false;  // which the real service does not know (sheet §1.1)
  // Of the service API. Who signs with the policy's key may read everything; without a policy nobody may.
  std::string policy;
  std::string policy_key;  // base64
  int page_size = 100;     // of a query that asks for none, and the most it gets
  int empty_pages = 0;     // before each page with items
};

// One instance of the service: what its APIs work on. Must outlive them. One thread.
struct Instance {
  Settings settings;
  Enrollments enrollments;
  Registrations registrations;
  Faults faults;
  std::function<WallTime()> now;
  std::function<void(const std::string&)> log;  // gets one JSON line per request; may be empty
};

}  // namespace leafgate::standin
