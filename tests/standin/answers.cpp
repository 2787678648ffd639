#include "tests/standin/answers.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

json state_of(const Registration& r, const Outcome& outcome, const std::string& presented_id) {
  json state{{"registrationId", presented_id},
             {"createdDateTimeUtc", service_date(r.created)},
             {"lastUpdatedDateTimeUtc", service_date(r.updated)},
             {"etag", r.etag}};
  switch (outcome.kind) {
    case Outcome::Kind::failed:
      state["status"] = "failed";
      state["errorCode"] = outcome.error_code;
      state["errorMessage"] = outcome.error_message;
      break;
    case Outcome::Kind::disabled:
      state["status"] = "disabled";
      break;
    case Outcome::Kind::never:
      state["status"] = "assigning";
      break;
    case Outcome::Kind::assigned:
      state["status"] = "assigned";
      state["substatus"] = r.substatus;
      state["assignedHub"] = r.assigned.hub;
      state["deviceId"] = r.assigned.device_id;
      break;
  }
  return state;
}

}  // namespace

Response answer(int status, const json& body, const std::string& request_id) {
  Response response;
  response.status = status;
  response.headers = {{"x-ms-request-id", request_id},
                      {"Strict-Transport-Security", "max-age=31536000; includeSubDomains"}};
  response.body = body.dump();
  return response;
}

Response error_answer(int status, int code, std::string_view message, const std::string& request_id,
                      WallTime now) {
  const json body{{"errorCode", code},
                  {"trackingId", request_id},
                  {"message", message},
                  {"timestampUtc", service_date(now)}};
  Response response = answer(status, body, request_id);
  response.headers.emplace_back("x-ms-error-code", std::to_string(code));
  return response;
}

Response accepted_answer(const Operation& operation, const std::string& request_id) {
  return answer(202, json{{"operationId", operation.id}, {"status", "assigning"}}, request_id);
}

Response assigning_answer(const Operation& operation, const std::string& request_id) {
  const json state{{"registrationId", operation.registration_id}, {"status", "assigning"}};
  return answer(202,
                json{{"operationId", operation.id}, {"status", "assigning"}, {"registrationState", state}},
                request_id);
}

Response final_answer(const Operation& operation, const Registration& registration,
                      const std::string& request_id) {
  json state = state_of(registration, operation.outcome, operation.registration_id);
  if (operation.outcome.kind == Outcome::Kind::assigned) {
    if (!operation.extra.contains("x509") && operation.tpm == nullptr)
      state["symmetricKey"] =
          operation.group_id.empty() ? json::object() : json{{"enrollmentGroupId", operation.group_id}};
    state.update(operation.extra);
  }
  return answer(
      200, json{{"operationId", operation.id}, {"status", state["status"]}, {"registrationState", state}},
      request_id);
}

json registration_state(const Registration& registration) {
  const Outcome under_way{Outcome::Kind::never, 0, {}};
  const bool ended = registration.status != "assigning";
  return state_of(registration, ended ? registration.last_outcome : under_way, registration.id);
}

Response state_answer(const Registration& registration, const std::string& request_id) {
  return answer(200, registration_state(registration), request_id);
}

}  // namespace leafgate::standin
