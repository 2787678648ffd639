#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/ids.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

// The bodies of the DPS device API, the same over MQTT and HTTPS. Source: azure-rest-api-specs
// DeviceProvisioningServices stable 2021-10-01 and 2026-04-01; what SDKs send and stumble over: device
// protocol sheet §2, §7. Pure; any thread; nothing here throws on bytes from outside.
namespace leafgate::wire {

// --- requests (DeviceRegistration)

// What a leaf sends to register. Nothing or white space is an empty request (C# sends no body without a
// payload), a registrationId must be the one of the connection, ignoring case. The payload is any JSON value
// and kept as written; null is absent. Of `tpm` the two keys are read, as texts of at most 1,024 characters.
// Unknown members are skipped. Errors: too_large (96 KiB), malformed.
Result<RegistrationRequest> read_register_body(std::string_view body, const RegistrationId& id);

// The same for the service: {registrationId[, tpm][, payload][, csr]}.
[[nodiscard]] std::string write_register_body(const RegistrationId& id, const RegistrationRequest& request);

// --- answers to leaves (RegistrationOperationStatus, DeviceRegistrationResult,
// ProvisioningServiceErrorDetails)

// 202 to a register request: {operationId, status: "assigning"} and nothing else, a partial registrationState
// breaks Java.
[[nodiscard]] std::string assigning_body(std::string_view operation_id);

// 202 to a poll: with registrationState {registrationId, status}, which iot-identity-service needs.
[[nodiscard]] std::string assigning_poll_body(std::string_view operation_id,
                                              std::string_view registration_id);

// 200: the operation ended. `state` is the registrationState, an object as text free of null (clean_state,
// failed_state), and goes in octet for octet.
[[nodiscard]] std::string ended_body(std::string_view operation_id, RegistrationStatus status,
                                     std::string_view state);

// `state` with `host` as payload.gatewayHostName, where devices look for the gateway to their hub, for a leaf
// to which an assignment is told: in a payload of its own where there is none, beside the other members of
// one, and not at all where the payload is no object or names one already. All else stays octet for octet.
// Nothing is added for an empty `host`, nor to what is no object.
[[nodiscard]] std::string with_gateway_host_name(std::string_view state, std::string_view host);

// A registrationState made here.
struct EndedState {
  std::string registration_id;  // as the leaf writes it
  RegistrationStatus status = RegistrationStatus::failed;
  int error_code = 0;   // left out when 0
  std::string message;  // left out when empty
  WallTime created{};
  WallTime updated{};
  std::string etag;  // empty: one is computed from the rest, in the look of the service's
};
[[nodiscard]] std::string write_state(const EndedState& state);

// 4xx and 5xx: the request was refused.
[[nodiscard]] std::string error_body(int error_code, std::string_view tracking_id, std::string_view message,
                                     WallTime at);

// A registrationState as leaves can take it: null members are dropped, of the object and of the objects in
// it (Embedded C fails on null), except within `payload`, which is between the webhook and the leaf.
// Everything else stays octet for octet, white space between tokens apart. Errors: too_large, malformed (no
// object, a member twice).
Result<std::string> clean_state(std::string_view state);

// --- answers of the service

// What the service said to a register request or a poll; as ports' ServiceAnswer, which wire may not see.
struct ServiceReply {
  int http_status = 0;
  std::optional<OperationId> operation;
  std::optional<RegistrationStatus> status;
  std::string registration_id;  // of registrationState; empty when absent
  std::string assigned_hub;     // likewise
  std::string device_id;
  std::string etag;
  std::string state;  // registrationState through clean_state, without its tpm.authenticationKey;
                      // empty when absent
  std::string
      authentication_key;   // of a 401: the challenge for a TPM; of an ended operation: that of `state`
  int error_code = 0;       // errorCode of an error body, or of registrationState
  std::string message;      // message or errorMessage
  std::string tracking_id;  // of an error body
};

// Errors: implausible, when it cannot be from DPS: no JSON object, larger than 96 KiB, deeper than 16, a
// member of the wrong type or standing twice, 200 or 202 without a known status, 202 without an operationId
// that OperationId takes. With 408, 429 and 5xx the status is enough; a 401, 403 or 404 may have no body.
Result<ServiceReply> read_service_body(int http_status, std::string_view body);

// The value of Retry-After, or of retry-after in a topic: whole seconds, at most 15 minutes. Absent when it
// is anything else: dates are not used by DPS.
[[nodiscard]] std::optional<Seconds> read_retry_after(std::string_view value);

}  // namespace leafgate::wire
