#include "store/database.hpp"

#include "store/migrations.hpp"

namespace leafgate {

Result<Connection> open_database(const DatabaseOptions& options) {
  if (!options.after_clean_stop) {
    for (const char* suffix : {"", "-wal"})
      if (auto done = options.forget_pages(options.path + suffix); !done) return done.error();
  }
  auto connection = Connection::open(options.path, Connection::Access::read_write, options.vfs);
  if (!connection) return connection;
  if (!options.after_clean_stop) {
    if (auto checked = connection->quick_check(); !checked) return checked.error();
  }
  if (auto migrated = migrate(*connection, options.path, embedded_migrations()); !migrated)
    return migrated.error();
  return connection;
}

Result<void> ensure_site(Connection& connection) {
  // `secret` is of before there were sealing keys: what only this store can say is said by them.
  return Query(connection,
               "INSERT OR IGNORE INTO site(one, powered, latest_wall, generation, sweep, secret) "
               "VALUES(1, 0, 0, 0, 0, zeroblob(32))")
      .run();
}

}  // namespace leafgate
