#pragma once

#include <span>
#include <string>
#include <string_view>

#include "gateway/model/result.hpp"
#include "store/connection.hpp"

namespace leafgate {

// One step of the schema, from version - 1 to version. Rows are append-only: store/schema/NNNN_*.sql.
struct Migration {
  int version;
  int min_reader;  // the oldest daemon, by the newest schema version it knows, that may open the result
  std::string_view sql;
};

[[nodiscard]] std::span<const Migration> embedded_migrations();

// Says whether this daemon may open a database, without changing it, and gives its version. Errors: conflict
// (as migrate()), store_fault.
Result<int> readable_version(Connection& connection, std::span<const Migration> migrations);

// Brings a database to the newest version of `migrations`, each step in a transaction; before the first step
// from an older version the whole database is copied (store/schema_copy.hpp), and once all are done that is
// the one copy kept. A newer version is left as it is when its min_reader allows this daemon. Errors:
// conflict (made by a newer daemon that says this one may not; or not a database of this program), store_full
// (no step was made that would have to be undone), store_fault.
Result<void> migrate(Connection& connection, const std::string& path, std::span<const Migration> migrations);

}  // namespace leafgate
