#include "store/sqlite_own_identity.hpp"

namespace leafgate {

Task<Result<std::optional<OwnIdentity>>> SqliteOwnIdentity::load() {
  auto read = [](Connection& connection) -> Result<std::optional<OwnIdentity>> {
    Query query(
        connection,
        "SELECT registration_id, endorsement, assigned_hub, device_id, hub_key, at FROM own_identity");
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return std::optional<OwnIdentity>();
    OwnIdentity identity;
    identity.registration_id = query.text(0);
    identity.endorsement = query.text(1);
    identity.assigned_hub = query.text(2);
    identity.device_id = query.text(3);
    identity.hub_key.blob = query.text(4);
    identity.at = WallTime(Millis(query.integer(5)));
    return std::optional<OwnIdentity>(std::move(identity));
  };
  co_return co_await reader_.ask(read);
}

Task<Result<void>> SqliteOwnIdentity::save(OwnIdentity identity) {
  auto write = [&](Connection& connection) -> Result<void> {
    Query query(connection,
                "INSERT OR REPLACE INTO own_identity(one, registration_id, endorsement, assigned_hub, "
                "device_id, hub_key, at) VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6)");
    query.text(1, identity.registration_id)
        .text(2, identity.endorsement)
        .text(3, identity.assigned_hub)
        .text(4, identity.device_id)
        .blob(5, identity.hub_key.blob)
        .integer(6, identity.at.time_since_epoch().count());
    return query.run();
  };
  co_return co_await writer_.write(write);
}

}  // namespace leafgate
