#pragma once

#include <optional>
#include <string>

#include "gateway/model/ids.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// What the service said when it was asked for one registration, read but not judged. With 200 there is a
// status and a registration_id; with 404 the service has no such registration; 401 is about our policy and
// never about a leaf; 429 says to come later.
struct RegistrationState {
  int http_status = 0;
  std::optional<RegistrationStatus> status;
  std::string registration_id;
  std::string assigned_hub;  // with `assigned`, as device_id; else mostly empty
  std::string device_id;
  std::string etag;   // opaque
  std::string state;  // DeviceRegistrationState as received (JSON object as text), without its null members
  std::optional<WallTime> last_updated;  // by the service's clock, in whole seconds, cut off
  int error_code = 0;                    // of an error body, or why the registration failed
  std::string message;                   // likewise
  std::string tracking_id;               // for support
  std::optional<Seconds> retry_after;    // as the header said; bounded to 15 minutes
  std::optional<WallTime> answered_at;   // by the service's clock: its header Date
};

// Outward: what the service's own API, not that for devices, tells of its registrations. Each call counts
// against the quota of the instance and is billed; a look at a state counts as a registration as well. So the
// caller paces. First loop only. Source: service sheet §1.2 (GET /registrations/{id}), §1.6, §2.4, §3.8.
//
// HTTP errors are answers, not Errors. Errors: unreachable, untrusted, proxy_failed, own_address, timed_out,
// implausible, stopped, as ProvisioningService; throttled (the clock is not trusted: nothing can be signed).
class ServiceDirectory {
 public:
  virtual ~ServiceDirectory() = default;

  // Of a device that came through an individual enrollment and through a group alike.
  virtual Task<Result<RegistrationState>> registration_state(RegistrationId id) = 0;
};

}  // namespace leafgate
