#include "store/outage_rows.hpp"

namespace leafgate::outage_rows {
namespace {

WallTime wall(std::int64_t milliseconds) { return WallTime(Millis(milliseconds)); }
std::int64_t milliseconds(WallTime at) { return at.time_since_epoch().count(); }

}  // namespace

Result<std::int64_t> open_one(Connection& connection) {
  Query query(connection, "SELECT coalesce(max(id), 0) FROM outage WHERE ended IS NULL");
  const auto row = query.step();
  if (!row) return row.error();
  return query.integer(0);
}

Result<std::int64_t> begin(Connection& connection, WallTime at, Reason why) {
  Query next(connection, "SELECT coalesce(max(id), 0)+1 FROM outage");
  const auto row = next.step();
  if (!row) return row.error();
  const std::int64_t id = next.integer(0);
  Query query(connection, "INSERT INTO outage(id, begun, reason) VALUES(?1, ?2, ?3)");
  query.integer(1, id).integer(2, milliseconds(at)).text(3, code(why));
  if (auto done = query.run(); !done) return done.error();
  return id;
}

Result<void> end(Connection& connection, std::int64_t id, WallTime at) {
  Query query(connection, "UPDATE outage SET ended=max(begun, ?2) WHERE id=?1");
  return query.integer(1, id).integer(2, milliseconds(at)).run();
}

Result<void> count_made(Connection& connection, std::int64_t id, PromiseState made, std::int64_t by) {
  Query query(connection,
              "UPDATE outage SET made_queued=made_queued+(?2='queued')*?3, "
              "made_provisional=made_provisional+(?2='provisional')*?3, "
              "made_needs_the_leaf=made_needs_the_leaf+(?2='needs-the-leaf')*?3 WHERE id=?1");
  return query.integer(1, id).text(2, code(made)).integer(3, by).run();
}

Result<void> count_end(Connection& connection, std::int64_t id, PromiseState state) {
  Query query(connection,
              "UPDATE outage SET confirmed=confirmed+(?2='confirmed'), rehomed=rehomed+(?2='re-homed'), "
              "refused=refused+(?2='refused'), conflict=conflict+(?2='conflict') WHERE id=?1");
  return query.integer(1, id).text(2, code(state)).run();
}

Result<std::vector<Outage>> list(Connection& connection) {
  Query query(connection,
              "SELECT id, begun, ended, reason, made_queued, made_provisional, made_needs_the_leaf, "
              "confirmed, rehomed, refused, conflict FROM outage ORDER BY id");
  std::vector<Outage> out;
  while (true) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) return out;
    Outage outage;
    outage.id = query.integer(0);
    outage.begun = wall(query.integer(1));
    if (!query.is_null(2)) outage.ended = wall(query.integer(2));
    outage.reason = reason_from_code(query.text(3)).value_or(Reason::none);
    for (int i = 0; i < 3; ++i)
      outage.made.at(static_cast<std::size_t>(i)) = static_cast<std::size_t>(query.integer(4 + i));
    for (int i = 0; i < 4; ++i)
      outage.came_to.at(static_cast<std::size_t>(3 + i)) = static_cast<std::size_t>(query.integer(7 + i));
    out.push_back(outage);
  }
}

Result<void> remove(Connection& connection, std::int64_t id) {
  Query query(connection, "DELETE FROM outage WHERE id=?1");
  return query.integer(1, id).run();
}

Result<void> keep(Connection& connection, std::size_t newest) {
  Query query(connection, "DELETE FROM outage WHERE id<=(SELECT max(id) FROM outage)-?1");
  return query.integer(1, static_cast<std::int64_t>(newest)).run();
}

}  // namespace leafgate::outage_rows
