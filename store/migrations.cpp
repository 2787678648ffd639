#include "store/migrations.hpp"

#include "gateway/runtime/log.hpp"
#include "store/schema_copy.hpp"

namespace leafgate {
namespace {

constexpr std::string_view application_id = "1818583398";  // "leaf" in octets, big endian, in the file header

struct Version {
  int version = 0;
  int min_reader = 0;
};

Result<Version> version_of(Connection& connection) {
  const auto tables = connection.ask("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*tables == "0") return Version{};
  const auto application = connection.ask("PRAGMA application_id");
  if (!application) return application.error();
  if (*application != application_id) return Error(Errc::conflict, "this is not a database of leafgate");
  Query query(connection, "SELECT version, min_reader FROM schema_version");
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return Error(Errc::store_fault, "the schema version is missing");
  return Version{static_cast<int>(query.integer(0)), static_cast<int>(query.integer(1))};
}

Result<void> apply(Connection& connection, const Migration& migration) {
  std::string sql = "BEGIN IMMEDIATE;";
  sql += migration.sql;
  sql += ";PRAGMA application_id=" + std::string(application_id) +
         ";UPDATE schema_version SET version=" + std::to_string(migration.version) +
         ",min_reader=" + std::to_string(migration.min_reader) + ";COMMIT;";
  auto applied = connection.execute(sql);
  if (!applied && connection.in_transaction()) {
    if (auto undone = connection.execute("ROLLBACK"); !undone) return undone;
  }
  return applied;
}

}  // namespace

Result<int> readable_version(Connection& connection, std::span<const Migration> migrations) {
  const auto found = version_of(connection);
  if (!found) return found.error();
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (found->version > newest && found->min_reader > newest)
    return Error(Errc::conflict, "the database has schema version " + std::to_string(found->version) +
                                     " and wants a daemon that knows version " +
                                     std::to_string(found->min_reader) + "; this one knows version " +
                                     std::to_string(newest));
  return found->version;
}

Result<void> migrate(Connection& connection, const std::string& path, std::span<const Migration> migrations) {
  const auto found = readable_version(connection, migrations);
  if (!found) return found.error();
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (*found >= newest) return {};
  if (*found > 0) {
    if (auto copied = copy_before_migration(connection, path, *found); !copied) return copied;
  }
  for (const Migration& migration : migrations) {
    if (migration.version <= *found) continue;
    if (auto done = apply(connection, migration); !done) return done;
    log::notice("database migrated", {{"version", migration.version}});
  }
  forget_other_copies(path, *found);
  return {};
}

}  // namespace leafgate
