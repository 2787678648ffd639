#include "store/sqlite_site_state.hpp"

namespace leafgate {

Task<Result<SiteState>> SqliteSiteState::load() {
  auto read = [](Connection& connection) -> Result<SiteState> {
    Query query(connection, "SELECT powered, latest_wall FROM site");
    const auto row = query.step();
    if (!row) return row.error();
    SiteState state;
    if (*row) {
      state.powered = PoweredTime(query.integer(0));
      state.latest_wall = WallTime(Millis(query.integer(1)));
    }
    return state;
  };
  co_return co_await reader_.ask(read);
}

Task<Result<void>> SqliteSiteState::save(SiteState state) {
  auto write = [&](Connection& connection) -> Result<void> {
    Query query(connection,
                "UPDATE site SET powered=?1, latest_wall=?2 WHERE powered<>?1 OR latest_wall<>?2");
    query.integer(1, state.powered.count()).integer(2, state.latest_wall.time_since_epoch().count());
    return query.run();
  };
  co_return co_await writer_.write(write, Room::frees);
}

}  // namespace leafgate
