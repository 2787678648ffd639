#pragma once

#include <optional>
#include <string_view>

#include "gateway/model/time.hpp"

namespace leafgate::wire {

// The time that a header Date tells, as IMF-fixdate, which is the only form that is sent (RFC 9110 §5.6.7);
// none for anything else.
std::optional<WallTime> read_http_date(std::string_view value);

}  // namespace leafgate::wire
