#pragma once

#include <cstdint>
#include <vector>

#include "gateway/model/reconciliation.hpp"
#include "gateway/model/result.hpp"
#include "store/connection.hpp"

namespace leafgate::outage_rows {

// All SQL on the table `outage`.

// The id of the one that lasts, 0 when none does.
Result<std::int64_t> open_one(Connection& connection);
Result<std::int64_t> begin(Connection& connection, const OutageMoment& at, Reason why);
// Where one of its dates is not known it is reckoned from the other one.
Result<void> end(Connection& connection, std::int64_t id, const OutageMoment& at);
// Nothing where it is not kept any more, or 0.
Result<void> count_made(Connection& connection, std::int64_t id, PromiseState made, std::int64_t by);
Result<void> count_end(Connection& connection, std::int64_t id, PromiseState state);
// Oldest first.
Result<std::vector<Outage>> list(Connection& connection);
Result<void> remove(Connection& connection, std::int64_t id);
// All but the newest so many.
Result<void> keep(Connection& connection, std::size_t newest);

}  // namespace leafgate::outage_rows
