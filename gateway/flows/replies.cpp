#include "gateway/flows/replies.hpp"

#include "gateway/crypto/digest.hpp"
#include "gateway/model/receipt.hpp"

namespace leafgate {
namespace {

Answer error_answer(int status, int error_code, const char* message, Reason reason) {
  Answer answer;
  answer.status = status;
  answer.error_code = error_code;
  answer.message = message;
  answer.reason = reason;
  if (status == 429 || status >= 500) answer.retry_after = usual_retry;
  return answer;
}

}  // namespace

Answer refusal(Reason reason) {
  switch (reason) {
    case Reason::wrong_scope:
      return error_answer(404, 404000, "Resource not found.", reason);
    case Reason::operation_unknown:
      return error_answer(404, 404000, "Operation not found.", reason);
    case Reason::request_malformed:
    case Reason::tpm_keys_malformed:
      return error_answer(400, 400000, "Bad request.", reason);
    case Reason::request_too_large:
      return error_answer(400, 400000, "The message is too large.", reason);
    case Reason::attempts_too_fast:
    case Reason::source_held:
    case Reason::connection_limit:
      return error_answer(429, 429001, "Operations are being throttled for this tenant.", reason);
    case Reason::store_full:
    case Reason::store_fault:
    case Reason::gateway_stopping:
    case Reason::needs_service:
    case Reason::derivations_full:
    case Reason::held_for_approval:  // of a TPM: what else is held hears `assigning`
    case Reason::credential_swapped:
    case Reason::two_places_at_once:
    case Reason::sent_through:
    case Reason::leaf_did_not_sign:
    case Reason::store_foreign:
    case Reason::store_rolled_back:
      return error_answer(503, 503000, "Service unavailable.", reason);
    case Reason::internal_error:
      return error_answer(500, 500000, "Internal error.", reason);
    case Reason::leaf_certificate_for_another_id:
    case Reason::leaf_certificate_expired:
    case Reason::leaf_certificate_not_yet_valid:
    case Reason::leaf_certificate_unacceptable:
    case Reason::leaf_certificate_not_enrolled:
    case Reason::leaf_certificate_chain_unknown:
      return error_answer(401, 401002, "Invalid certificate.", reason);
    default:
      return error_answer(401, 401000, "Unauthorized", reason);
  }
}

Answer challenged(std::string authentication_key, std::string message, Reason reason) {
  Answer answer = error_answer(401, 401000, "", reason);
  answer.message = std::move(message);
  answer.authentication_key = std::move(authentication_key);
  return answer;
}

Answer assigning(const OperationId& operation, Reason reason, Seconds retry_after) {
  Answer answer;
  answer.status = 202;
  answer.operation = operation;
  answer.registration_status = RegistrationStatus::assigning;
  answer.retry_after = retry_after;
  answer.reason = reason;
  return answer;
}

Answer assigned(const OperationId& operation, const Assignment& assignment, Reason reason) {
  Answer answer;
  answer.status = 200;
  answer.operation = operation;
  answer.registration_status = RegistrationStatus::assigned;
  answer.state = assignment.state;
  answer.reason = reason;
  return answer;
}

Answer ended(const OperationId& operation, const Outcome& outcome) {
  Answer answer;
  answer.reason = outcome.reason;
  if (outcome.state.empty()) {                          // the service refused the request itself
    const int error_class = outcome.error_code / 1000;  // the service's word, so not taken for granted
    answer.status = error_class >= 400 && error_class <= 599 ? error_class : 400;
    answer.error_code = outcome.error_code;
    answer.message = outcome.message;
    return answer;
  }
  answer.status = 200;
  answer.operation = operation;
  answer.registration_status = outcome.status;
  answer.state = outcome.state;
  return answer;
}

Assignment assigned_ahead(const RegistrationId& id, const std::string& hub, const std::string& device_id,
                          WallTime now) {
  Assignment out;
  out.assigned_hub = hub;
  out.device_id = device_id.empty() ? id.text() : device_id;
  out.provisional = true;
  out.confirmed_wall = now;
  const std::string at = to_rfc3339(now);
  const std::string what = id.key() + '\n' + hub + '\n' + out.device_id + '\n' + at;
  out.etag = crypto::hex(crypto::sha256(as_bytes(what)));
  out.state = R"({"registrationId":)" + json_string(id.text()) + R"(,"createdDateTimeUtc":")" + at +
              R"(","assignedHub":)" + json_string(hub) + R"(,"deviceId":)" + json_string(out.device_id) +
              R"(,"status":"assigned","substatus":"initialAssignment","lastUpdatedDateTimeUtc":")" + at +
              R"(","etag":")" + out.etag.substr(0, 16) + R"("})";
  return out;
}

Answer ended_disabled(const OperationId& operation, const RegistrationId& id, WallTime now) {
  Answer answer;
  answer.status = 200;
  answer.operation = operation;
  answer.registration_status = RegistrationStatus::disabled;
  answer.reason = Reason::enrollment_disabled;
  // The characters of a registrationId need no JSON escapes.
  answer.state = R"({"registrationId":")" + id.text() + R"(","createdDateTimeUtc":")" + to_rfc3339(now) +
                 R"(","status":"disabled","errorCode":403000,"errorMessage":"The enrollment is disabled.",)" +
                 R"("lastUpdatedDateTimeUtc":")" + to_rfc3339(now) + R"(","etag":"ZGlzYWJsZWQ="})";
  return answer;
}

}  // namespace leafgate
