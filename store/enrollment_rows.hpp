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

// SQL on the table `enrollment` (store/sync_rows.hpp has that of a sync). A generation above the current one
// is being imported, or staged by a sync, and not seen; of the others of one (kind, id) the highest counts,
// and that may say that the enrollment is gone.

Result<std::optional<Enrollment>> find(Connection& connection, EnrollmentKind kind, std::string_view id);
// In order of id, after `after`, at most `limit`.
Result<std::vector<Enrollment>> list(Connection& connection, EnrollmentKind kind, std::string_view after,
                                     std::size_t limit);
// The individual enrollment with this endorsement key; empty when there is none.
Result<std::string> id_of_endorsement_key(Connection& connection, std::string_view key);
// All that is seen of it; what is being imported stays. False when there was none.
Result<bool> remove(Connection& connection, EnrollmentKind kind, std::string_view id);

Result<std::int64_t> generation(Connection& connection);
// `base`: of what generation is the row that it was merged with, where that matters; negative where that row
// stays but for a status alone (model/listed_enrollment.hpp).
Result<void> stage(Connection& connection, const Enrollment& enrollment, std::int64_t generation,
                   std::int64_t base = 0);
Result<void> stage_gone(Connection& connection, EnrollmentKind kind, std::string_view id,
                        std::int64_t generation, std::int64_t base);
Result<void> unstage(Connection& connection, EnrollmentKind kind, std::string_view id,
                     std::int64_t generation);
// Also where it is staged that it is gone.
Result<bool> is_staged(Connection& connection, EnrollmentKind kind, std::string_view id,
                       std::int64_t generation);
// The row of this very generation, whether it counts or not.
Result<std::optional<Enrollment>> find_of(Connection& connection, EnrollmentKind kind, std::string_view id,
                                          std::int64_t generation);
// Of the row that counts, also one that says that the enrollment is gone; 0: there is none.
Result<std::int64_t> generation_of(Connection& connection, EnrollmentKind kind, std::string_view id);
Result<void> switch_to(Connection& connection, std::int64_t generation);

// A place between all rows, in order of kind and id.
struct Place {
  std::int64_t kind = -1;
  std::string id;
};
// That of the last one of the next `rows`; absent: there are none.
Result<std::optional<Place>> place_after(Connection& connection, const Place& from, std::size_t rows);
// How many count among the next 1,000 rows or some more, and moves `from` behind them; absent: there are
// none.
Result<std::optional<std::size_t>> count_some(Connection& connection, Place& from);

// Rows nobody can see: left of an import or a sync that did not end, or replaced; but not what is staged by
// the sync that is open.
Result<bool> sweep_wanted(Connection& connection);
Result<void> set_sweep_wanted(Connection& connection, bool wanted);
// Deletes them among the next `rows` after `from` and moves it there; false when there is nothing after it.
Result<bool> sweep(Connection& connection, Place& from, std::size_t rows);

}  // namespace leafgate::enrollment_rows
