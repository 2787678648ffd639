#pragma once

#include <cstdint>

#include "gateway/model/enrollment.hpp"
#include "store/connection.hpp"
#include "store/sync_rows.hpp"

namespace leafgate::sync_merge {

// One record of the service's list beside what is held in its place, merged as model/listed_enrollment.hpp
// says. Both stage..() give how many rows of the list are staged more than before: 1, 0 or -1.

// Whether there is anything to stage, or to take back.
Result<bool> differs(Connection& connection, const Enrollment& listed, std::int64_t generation);
Result<std::int64_t> stage(Connection& connection, const Enrollment& listed, std::int64_t generation);
// By what counts now: it may have changed since it was looked at.
Result<std::int64_t> stage_again(Connection& connection, const sync_rows::Pair& pair,
                                 std::int64_t generation);

}  // namespace leafgate::sync_merge
