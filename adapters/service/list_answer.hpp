#pragma once

#include <stop_token>

#include "gateway/model/result.hpp"
#include "gateway/net/http_message.hpp"
#include "gateway/ports/service_list.hpp"

namespace leafgate::service {

// What answers of the service API about whole lists, and about keys, say. Pure; any thread. Errors:
// implausible (not DPS JSON; the detail never tells a key), stopped.
Result<EnrollmentListPage> read_enrollment_list(const net::HttpResponse& response, EnrollmentKind kind,
                                                const std::stop_token& stop = {});
Result<StateListPage> read_state_list(const net::HttpResponse& response, const std::stop_token& stop = {});
Result<KeysAnswer> read_keys(const net::HttpResponse& response);

}  // namespace leafgate::service
