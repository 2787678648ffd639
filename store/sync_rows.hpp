#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/ports/enrollment_sync.hpp"
#include "store/connection.hpp"
#include "store/enrollment_rows.hpp"

namespace leafgate::sync_rows {

// All SQL on the tables `sync` and `sync_seen`, and what a sync alone asks of `enrollment`.

struct State {
  std::int64_t generation = 0;  // of what is staged; 0: nothing is
  std::int64_t highest = 0;
  std::uint64_t nameless = 0;
  SyncStanding standing;
};

Result<State> load(Connection& connection);
// Where the list goes on and what was counted; not `changed`, which count_changed() does and changed() tells.
Result<void> save_place(Connection& connection, const State& state);
Result<void> begin(Connection& connection, const State& state);
Result<void> count_changed(Connection& connection, std::int64_t rows);
Result<std::uint64_t> changed(Connection& connection);
// Nothing is staged from then on.
Result<void> complete(Connection& connection, WallTime at, const SyncCounts& counts);

// Takes back of some that they are gone, where that is only staged; false when there are no more.
Result<bool> unstage_gone(Connection& connection, std::int64_t generation, std::size_t rows);

Result<bool> is_disturbed(Connection& connection);
Result<void> set_calm(Connection& connection);

struct Seen {
  EnrollmentKind kind = EnrollmentKind::individual;
  std::vector<std::string> ids;
};
Result<void> add_seen(Connection& connection, std::int64_t generation, const Seen& seen);
Result<std::vector<Seen>> seen(Connection& connection, std::int64_t generation);
// Deletes some that are of no open sync; false when there are no more.
Result<bool> drop_seen(Connection& connection);

// One enrollment by its rows: what counts, and what is staged.
struct Pair {
  EnrollmentKind kind = EnrollmentKind::individual;
  std::string id;
  std::int64_t counts = 0;     // generation of the row that counts; 0: there is none
  bool is_held = false;        // and that does not say "gone"
  bool is_of_service = false;  // and came by the list
  bool is_staged = false;
  bool is_staged_gone = false;
  std::int64_t base = 0;  // of the staged row; negative: enrollment_rows::stage()
};
struct PairPlace {
  std::int64_t kind = -1;
  std::string id;
};
// The next ones in order of kind and id, and moves `from` behind them; none: that was all.
Result<std::vector<Pair>> pairs(Connection& connection, std::int64_t generation, PairPlace& from);

Result<std::vector<Keyless>> keyless(Connection& connection, const KeylessPlace& from, std::size_t limit);
// As enrollment_rows::count_some.
Result<std::optional<std::size_t>> keyless_count(Connection& connection, enrollment_rows::Place& from);
// False when its record has another etag by now.
Result<bool> put_keys(Connection& connection, const FetchedKeys& keys);

}  // namespace leafgate::sync_rows
