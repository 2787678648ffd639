#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/ids.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// What the service said to one request, read but not judged.
struct ServiceAnswer {
  int http_status = 0;
  std::optional<OperationId> operation;
  std::optional<RegistrationStatus> status;
  std::string registration_id;  // of registrationState; empty when absent
  std::string assigned_hub;     // likewise
  std::string device_id;
  std::string etag;
  std::string state;        // registrationState as received (JSON object as text), unknown members kept;
                            // its tpm.authenticationKey stands apart
  int error_code = 0;       // top-level errorCode of an error body, or registrationState.errorCode
  std::string message;      // its message or errorMessage
  std::string tracking_id;  // for support
  std::optional<Seconds> retry_after;   // as the header said; bounded to 15 minutes
  std::optional<WallTime> answered_at;  // by the service's clock: its header Date
  // For a TPM, base64: with 401 the challenge, with `assigned` its key for the hub. Empty: none.
  std::string authentication_key;
};

// Outward: the DPS device API as a client uses it. First loop only. Errors: unreachable (DNS, TCP, TLS, cut
// answer), untrusted (its certificate), proxy_failed, own_address, timed_out, implausible (not DPS JSON,
// larger than 96 KiB or deeper than 16), stopped. HTTP errors are answers, not Errors. Source: device
// protocol sheet §2.
class ProvisioningService {
 public:
  virtual ~ProvisioningService() = default;

  // PUT .../register. `token` is a whole shared access signature for this id; empty: none is sent, which is
  // how a TPM asks for its challenge.
  virtual Task<Result<ServiceAnswer>> register_device(RegistrationId id, RegistrationRequest request,
                                                      std::string token) = 0;
  // Finds out whether the service can be reached, by a TLS connection and no request: a status lookup would
  // count against the registration quota.
  virtual Task<Result<void>> reach() = 0;
  // GET .../operations/{operation}
  virtual Task<Result<ServiceAnswer>> operation_status(RegistrationId id, OperationId operation,
                                                       std::string token) = 0;
};

}  // namespace leafgate
