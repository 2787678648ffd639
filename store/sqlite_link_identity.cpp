#include "store/sqlite_link_identity.hpp"

namespace leafgate {

Task<Result<std::optional<SealedKey>>> SqliteLinkIdentity::load() {
  auto read = [](Connection& connection) -> Result<std::optional<SealedKey>> {
    Query query(connection, "SELECT key FROM link_identity");
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return std::optional<SealedKey>();
    return std::optional<SealedKey>(SealedKey{query.text(0)});
  };
  co_return co_await reader_.ask(read);
}

Task<Result<void>> SqliteLinkIdentity::save(SealedKey key) {
  auto write = [&](Connection& connection) -> Result<void> {
    Query query(connection, "INSERT OR REPLACE INTO link_identity(one, key) VALUES(1, ?1)");
    return query.blob(1, key.blob).run();
  };
  co_return co_await writer_.write(write);
}

}  // namespace leafgate
