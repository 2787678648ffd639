#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/model/registration.hpp"
#include "gateway/model/result.hpp"
#include "store/connection.hpp"

namespace leafgate::outbox_rows {

// All SQL on the table `outbox`. A row that cannot be read is left alone, logged and not given out.

Result<std::optional<OutboxRow>> find(Connection& connection, std::int64_t sequence);
Result<std::optional<OutboxRow>> find_by_key(Connection& connection, std::string_view registration_key);
// Looks through the whole outbox: for an operator, not for traffic.
Result<std::optional<OutboxRow>> find_by_operation(Connection& connection, const OperationId& operation);
// In order of sequence, after `after`, at most `limit`.
Result<std::vector<OutboxRow>> list(Connection& connection, std::int64_t after, std::size_t limit);
// Adds or replaces the row with this sequence.
Result<void> put(Connection& connection, const OutboxRow& row);
Result<void> remove(Connection& connection, std::int64_t sequence);
// The highest sequence in use, 0 when there is none.
Result<std::int64_t> highest(Connection& connection);

}  // namespace leafgate::outbox_rows
