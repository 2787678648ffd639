#include "store/outage_rows.hpp"

#include <algorithm>

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

Result<std::int64_t> begin(Connection& connection, const OutageMoment& at, Reason why) {
  Query next(connection, "SELECT coalesce(max(id), 0)+1 FROM outage");
  const auto row = next.step();
  if (!row) return row.error();
  const std::int64_t id = next.integer(0);
  Query query(connection,
              "INSERT INTO outage(id, begun, reason, begun_powered, untimed) VALUES(?1, ?2, ?3, ?4, ?5)");
  query.integer(1, id).integer(2, milliseconds(at.at)).text(3, code(why));
  query.integer(4, at.powered.count()).integer(5, at.timed ? 0 : 1);
  if (auto done = query.run(); !done) return done.error();
  return id;
}

Result<void> end(Connection& connection, std::int64_t id, const OutageMoment& at) {
  Query begun(connection, "SELECT begun, begun_powered, untimed FROM outage WHERE id=?1");
  const auto row = begun.integer(1, id).step();
  if (!row || !*row) return row ? Result<void>() : Result<void>(row.error());
  const bool is_measured = !begun.is_null(1);
  const std::int64_t powered_for =
      is_measured ? std::max<std::int64_t>(0, at.powered.count() - begun.integer(1)) : 0;
  std::int64_t from = begun.integer(0);
  std::int64_t to = milliseconds(at.at);
  const bool was_timed = begun.integer(2) == 0;
  if (is_measured && !at.timed) to = from + powered_for;
  if (is_measured && at.timed && !was_timed) from = to - powered_for;
  Query query(connection, "UPDATE outage SET begun=?2, ended=?3, powered_for=?4, untimed=?5 WHERE id=?1");
  query.integer(1, id).integer(2, from).integer(3, std::max(from, to));
  query.integer(5, was_timed && at.timed ? 0 : 1);
  return (is_measured ? query.integer(4, powered_for) : query.null(4)).run();
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
              "confirmed, rehomed, refused, conflict, untimed, powered_for FROM outage ORDER BY id");
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
    outage.untimed = query.integer(11) != 0;
    if (!query.is_null(12)) outage.powered_for = Millis(query.integer(12));
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
