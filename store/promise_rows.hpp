#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "gateway/model/reconciliation.hpp"
#include "gateway/model/result.hpp"
#include "store/connection.hpp"

namespace leafgate::promise_rows {

// All SQL on the table `promise`. A row that cannot be read is logged and not given out.

Result<std::optional<Promise>> find(Connection& connection, std::string_view key);
// In order of key, after `after`, at most `limit`.
Result<std::vector<Promise>> list(Connection& connection, std::optional<PromiseState> state,
                                  std::string_view after, std::size_t limit);
Result<PromiseCounts> counts(Connection& connection);
// Open, or settled and not heard by a leaf that has to.
Result<std::vector<std::string>> concerned(Connection& connection, std::string_view after, std::size_t limit);
Result<std::size_t> count_open(Connection& connection, PromiseState state);

// In the open outage, which counts it. One that is open stays, and only becomes more: the hub that it was
// told since; but one of a former outage that nobody will settle is replaced.
Result<void> make(Connection& connection, Promise promise);
// Of every registration with something in the outbox that has no open one: in this outage.
Result<void> make_of_outbox(Connection& connection, std::int64_t outage, WallTime at);
// What became of an open one; its outage counts it.
Result<void> settle(Connection& connection, const Promise& promise);
Result<void> object(Connection& connection, std::string_view key, Reason why);
Result<void> passed(Connection& connection, std::string_view key);
Result<void> told(Connection& connection, std::string_view key);
// It never was one, for its outage neither, where it is open.
Result<void> take_back(Connection& connection, std::string_view key);
// Without a state, all that is settled. Gives how many there were.
Result<std::size_t> clear(Connection& connection, std::optional<PromiseState> state);

}  // namespace leafgate::promise_rows
