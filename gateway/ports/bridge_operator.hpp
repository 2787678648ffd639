#pragma once

#include <string>

#include "gateway/model/ids.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/ports/audit_log.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// By what a program on the box connects to the hub of a leaf that it speaks for.
struct HubToken {
  std::string token;   // a credential: never logged, never stored
  WallTime expires{};  // in whole seconds
  std::string hub;
  std::string device_id;
};

struct HubTokenAnswer {
  HubTokenAnswer() = default;
  explicit HubTokenAnswer(Result<HubToken> made) : token(std::move(made)) {}
  Result<HubToken> token = Error();
  Seconds retry_after{};  // where time alone helps (throttled); else zero
};

// Inward: all that a bridge may ask (semantics §6, hub-token). Any loop; answers on the caller's. Who got a
// token stands in the audit log before there is one.
class BridgeOperator {
 public:
  static constexpr Millis shortest_life = std::chrono::minutes(1);
  static constexpr Millis longest_life = std::chrono::hours(1);

  virtual ~BridgeOperator() = default;

  // A token for the hub of a leaf with a symmetric key that is assigned here and whose enrollment says
  // bridge = true; good for `life`, an hour at most. Errors: malformed (a life below a minute), throttled
  // (asked too often; secrets are locked; the clock is not trusted), not_found (not enrolled here, or without
  // its key), refused (bridge is not true; disabled; the store is in doubt), conflict (no symmetric key, no
  // hub yet, or it has to register again first), timed_out (the TPM has not derived its key yet), the
  // store's, the audit log's.
  virtual Task<HubTokenAnswer> hub_token(RegistrationId id, Millis life, Actor who) = 0;
};

}  // namespace leafgate
