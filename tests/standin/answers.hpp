#pragma once

#include <string>
#include <string_view>

#include "tests/standin/http.hpp"
#include "tests/standin/registrations.hpp"

namespace leafgate::standin {

// Bodies and headers of the service (sheet §2.1, §2.3-§2.5, §7.3). `request_id` is x-ms-request-id and,
// in errors, trackingId.

Response answer(int status, const nlohmann::json& body, const std::string& request_id);

Response error_answer(int status, int code, std::string_view message, const std::string& request_id,
                      WallTime now);
// First 202: operationId and status only.
Response accepted_answer(const Operation& operation, const std::string& request_id);
Response assigning_answer(const Operation& operation, const std::string& request_id);
// 200 with the full registrationState, after the operation's outcome.
Response final_answer(const Operation& operation, const Registration& registration,
                      const std::string& request_id);
// What both APIs tell of a registration that was accepted once.
nlohmann::json registration_state(const Registration& registration);
// The bare registrationState of the state lookup.
Response state_answer(const Registration& registration, const std::string& request_id);

}  // namespace leafgate::standin
