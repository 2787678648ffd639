#pragma once

#include "adapters/wire/service_state.hpp"
#include "gateway/model/result.hpp"
#include "gateway/net/http_message.hpp"
#include "gateway/ports/provisioning_service.hpp"
#include "gateway/ports/service_directory.hpp"

namespace leafgate::service {

// What an HTTP answer says, apart from the connection it came over. Pure. Errors: implausible (not DPS JSON).

// Of the device API.
Result<ServiceAnswer> read_answer(const net::HttpResponse& response);
// Of the service API, asked for one registration.
Result<RegistrationState> read_state_answer(const net::HttpResponse& response);
// The same of one that stands in a list: without what only an answer has.
[[nodiscard]] RegistrationState state_of(wire::StateReply read);

}  // namespace leafgate::service
