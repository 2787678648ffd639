#pragma once

#include "adapters/wire/json_text.hpp"
#include "gateway/model/result.hpp"
#include "gateway/net/http_message.hpp"
#include "gateway/ports/service_list.hpp"

namespace leafgate::service {

// What answers of the service API about whole lists, and about keys, say. Pure; any thread. Errors:
// implausible (not DPS JSON; the detail never tells a key), stopped.
Result<EnrollmentListPage> read_enrollment_list(const net::HttpResponse& response, EnrollmentKind kind,
                                                const wire::json::GoesOn& goes_on = {});
Result<StateListPage> read_state_list(const net::HttpResponse& response,
                                      const wire::json::GoesOn& goes_on = {});
Result<KeysAnswer> read_keys(const net::HttpResponse& response);

}  // namespace leafgate::service
