#include "store/database.hpp"

#include "store/migrations.hpp"

namespace leafgate {
namespace {

constexpr std::size_t secret_octets = 32;

Result<std::string> read_secret(Connection& connection) { return connection.ask("SELECT secret FROM site"); }

}  // namespace

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

Result<crypto::Secret> store_secret(Connection& connection, Random& random) {
  auto held = read_secret(connection);
  if (!held) return held.error();
  if (held->empty()) {
    crypto::Secret fresh(secret_octets);
    random.fill(fresh.writable());
    Query query(connection,
                "INSERT INTO site(one, powered, latest_wall, generation, sweep, secret) "
                "VALUES(1, 0, 0, 0, 0, ?1)");
    if (auto made = query.blob(1, as_text(fresh.view())).run(); !made) return made.error();
    return fresh;
  }
  return crypto::Secret(as_bytes(*held));
}

}  // namespace leafgate
