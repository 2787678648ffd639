#include "store/migrations.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <unistd.h>

#include "gateway/runtime/log.hpp"
#include "store/state_dir.hpp"

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

// An older program can be put back together with this copy.
Result<void> copy_before(Connection& connection, const std::string& path, int version) {
  const std::string copy = path + ".before-" + std::to_string(version);
  // Made here, empty, so that it has its mode before it has secrets in it.
  const int file = ::open(copy.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return Error(Errc::store_fault, "cannot make " + copy);
  ::close(file);
  Query query(connection, "VACUUM INTO ?1");
  if (auto copied = query.text(1, copy).run(); !copied) return copied;
  log::notice("database copied before its migration", {{"copy", copy}});
  return sync_file(copy);
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

Result<void> migrate(Connection& connection, const std::string& path, std::span<const Migration> migrations) {
  const auto found = version_of(connection);
  if (!found) return found.error();
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (found->version > newest && found->min_reader > newest)
    return Error(Errc::conflict, "the database has schema version " + std::to_string(found->version) +
                                     " and wants a daemon that knows version " +
                                     std::to_string(found->min_reader) + "; this one knows version " +
                                     std::to_string(newest));
  bool copied = found->version == 0;
  for (const Migration& migration : migrations) {
    if (migration.version <= found->version) continue;
    if (!copied) {
      if (auto done = copy_before(connection, path, found->version); !done) return done;
      copied = true;
    }
    if (auto done = apply(connection, migration); !done) return done;
    log::notice("database migrated", {{"version", migration.version}});
  }
  return {};
}

}  // namespace leafgate
