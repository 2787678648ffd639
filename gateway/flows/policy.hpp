#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "gateway/model/ids.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// What the site decided about unknown leaves, old assignments and a clock nobody vouches for (semantics §3,
// §5).
enum class UnknownPolicy { relay, refuse, hold };
enum class BeyondPolicy { queue, serve };
enum class UntrustedClockPolicy { provisional, refuse };

struct Policy {
  explicit Policy(IdScope scope) : id_scope(std::move(scope)) {}
  IdScope id_scope;
  Millis cache_max_age = std::chrono::hours(24);
  Millis offline_max_age = std::chrono::days(30);
  UnknownPolicy unknown = UnknownPolicy::refuse;
  BeyondPolicy beyond = BeyondPolicy::queue;
  UntrustedClockPolicy untrusted_clock = UntrustedClockPolicy::provisional;
  // Names of the service, in lower case, under which a leaf can be passed through to it
  // (tunnel.server_names).
  std::vector<std::string> pass_names;
};

}  // namespace leafgate
