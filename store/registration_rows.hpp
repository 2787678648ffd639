#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/ports/confirmations.hpp"
#include "gateway/ports/registrations.hpp"
#include "store/connection.hpp"

namespace leafgate::registration_rows {

// All SQL on the table `registration`. A row whose id cannot be read is as good as absent, notes that cannot
// be read are dropped; both are logged.

// A registration, and the sequence of its outbox row if it has one.
struct Row {
  RegistrationRecord record;
  std::optional<std::int64_t> queued;
};

Result<std::optional<Row>> find(Connection& connection, std::string_view key);
// In order of key, after `after`, at most `limit`.
Result<std::vector<RegistrationRecord>> list(Connection& connection, std::string_view after,
                                             std::size_t limit);
Result<std::size_t> count(Connection& connection);
// Of all assignments, each once.
Result<std::vector<std::string>> hubs(Connection& connection);
// Adds or replaces all of it.
Result<void> put(Connection& connection, const Row& row);
// Changes only these of a row that is there.
Result<void> set_queued(Connection& connection, std::string_view key, std::optional<std::int64_t> queued);
Result<void> set_notes(Connection& connection, std::string_view key, const std::vector<AttemptNote>& notes);
Result<void> remove(Connection& connection, std::string_view key);
// Sets the age of an assignment anew. False when it is another one, provisional, or on its way to the
// service.
Result<bool> confirm(Connection& connection, const Confirmation& confirmation, PoweredTime powered,
                     WallTime wall);
// False when nothing is known of where it is.
Result<bool> keep_ends(Connection& connection, const ShownEnds& shown);
// Whether another leaf is assigned to the very device of this one. Looks for one only where that is not named
// after this leaf: then it is slow.
Result<bool> is_taken(Connection& connection, const Registration& registration);
// An assignment that the service has not confirmed.
Result<void> withdraw_told_ahead(Connection& connection, std::string_view key);

}  // namespace leafgate::registration_rows
