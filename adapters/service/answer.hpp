#pragma once

#include "gateway/model/result.hpp"
#include "gateway/net/http_message.hpp"
#include "gateway/ports/provisioning_service.hpp"

namespace leafgate::service {

// What an HTTP answer of the device API says, apart from the connection it came over. Pure. Errors:
// implausible (not DPS JSON).
Result<ServiceAnswer> read_answer(const net::HttpResponse& response);

}  // namespace leafgate::service
