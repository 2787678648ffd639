#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/result.hpp"
#include "store/connection.hpp"

namespace leafgate::enrollment_rows {

// All SQL on the table `enrollment`. A generation above the current one is being imported and not seen; of
// the others of one (kind, id) the highest counts.

Result<std::optional<Enrollment>> find(Connection& connection, EnrollmentKind kind, std::string_view id);
// In order of id, after `after`, at most `limit`.
Result<std::vector<Enrollment>> list(Connection& connection, EnrollmentKind kind, std::string_view after,
                                     std::size_t limit);
// The individual enrollment with this endorsement key; empty when there is none.
Result<std::string> id_of_endorsement_key(Connection& connection, std::string_view key);
Result<std::size_t> count(Connection& connection);
// All that is seen of it; what is being imported stays. False when there was none.
Result<bool> remove(Connection& connection, EnrollmentKind kind, std::string_view id);

Result<std::int64_t> generation(Connection& connection);
Result<void> stage(Connection& connection, const Enrollment& enrollment, std::int64_t generation);
Result<void> switch_to(Connection& connection, std::int64_t generation);

// Rows nobody can see: left of an import that did not end, or replaced.
Result<bool> sweep_wanted(Connection& connection);
Result<void> set_sweep_wanted(Connection& connection, bool wanted);
struct Place {
  std::int64_t kind = -1;
  std::string id;
};
// Deletes them among the next 500 rows after `from` and moves it there; false when there is nothing after it.
Result<bool> sweep(Connection& connection, Place& from);

}  // namespace leafgate::enrollment_rows
