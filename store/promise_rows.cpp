#include "store/promise_rows.hpp"

#include <array>
#include <utility>

#include "gateway/runtime/log.hpp"
#include "store/outage_rows.hpp"

namespace leafgate::promise_rows {
namespace {

#define LEAFGATE_PROMISE_COLUMNS \
  "id, made, state, hub, device, settled_hub, settled_device, reason, made_at, settled_at, outage, told"

// Of one that meets trouble and is open the service has yet to speak; who must come itself it never may.
#define LEAFGATE_OVER_IN_STATE "state=?1 AND (settled_at<>0 OR state='needs-the-leaf')"

constexpr auto queued = PromiseState::queued;

WallTime wall(std::int64_t milliseconds) { return WallTime(Millis(milliseconds)); }
std::int64_t milliseconds(WallTime at) { return at.time_since_epoch().count(); }

std::optional<Promise> read(const Query& row) {
  auto id = RegistrationId::parse(row.text(0));
  const auto made = promise_state_from_code(row.text(1));
  const auto state = promise_state_from_code(row.text(2));
  if (!id || !made || !state) {
    log::error("stored promise does not parse", {{"registration_id", row.text(0)}});
    return std::nullopt;
  }
  Promise out(std::move(*id));
  out.made = *made;
  out.state = *state;
  out.hub = row.text(3);
  out.device_id = row.text(4);
  out.settled_hub = row.text(5);
  out.settled_device_id = row.text(6);
  out.reason = reason_from_code(row.text(7)).value_or(Reason::none);
  out.made_at = wall(row.integer(8));
  out.settled_at = wall(row.integer(9));
  out.outage = row.integer(10);
  out.told = row.integer(11) != 0;
  return out;
}

Result<void> put(Connection& connection, const Promise& promise) {
  Query query(connection, "INSERT OR REPLACE INTO promise(key, " LEAFGATE_PROMISE_COLUMNS
                          ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
  query.text(1, promise.id.key()).text(2, promise.id.text());
  query.text(3, code(promise.made)).text(4, code(promise.state)).text(5, promise.hub);
  query.text(6, promise.device_id).text(7, promise.settled_hub).text(8, promise.settled_device_id);
  query.text(9, code(promise.reason)).integer(10, milliseconds(promise.made_at));
  query.integer(11, milliseconds(promise.settled_at)).integer(12, promise.outage);
  return query.integer(13, promise.told ? 1 : 0).run();
}

Result<std::vector<Promise>> rows_of(Query& query, std::size_t limit) {
  std::vector<Promise> out;
  while (out.size() < limit) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) break;
    if (auto promise = read(query)) out.push_back(std::move(*promise));
  }
  return out;
}

constexpr auto promises_made = std::to_array<PromiseState>(
    {PromiseState::queued, PromiseState::provisional, PromiseState::needs_the_leaf});

// How many of each are there of this outage.
Result<std::array<std::int64_t, 3>> made_in(Connection& connection, std::int64_t outage) {
  std::array<std::int64_t, 3> out{};
  for (const PromiseState state : promises_made) {
    Query of(connection, "SELECT count(*) FROM promise WHERE outage=?1 AND made=?2");
    const auto row = of.integer(1, outage).text(2, code(state)).step();
    if (!row) return row.error();
    out.at(static_cast<std::size_t>(state)) = of.integer(0);
  }
  return out;
}

}  // namespace

Result<std::optional<Promise>> find(Connection& connection, std::string_view key) {
  Query query(connection, "SELECT " LEAFGATE_PROMISE_COLUMNS " FROM promise WHERE key=?1");
  const auto row = query.text(1, key).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Promise>();
  return read(query);
}

Result<std::vector<Promise>> list(Connection& connection, std::optional<PromiseState> state,
                                  std::string_view after, std::size_t limit) {
  if (state) {
    Query query(connection,
                "SELECT " LEAFGATE_PROMISE_COLUMNS " FROM promise WHERE key>?1 AND state=?2 ORDER BY key");
    query.text(1, after).text(2, code(*state));
    return rows_of(query, limit);
  }
  Query query(connection, "SELECT " LEAFGATE_PROMISE_COLUMNS " FROM promise WHERE key>?1 ORDER BY key");
  query.text(1, after);
  return rows_of(query, limit);
}

Result<PromiseCounts> counts(Connection& connection) {
  Query query(connection,
              "SELECT state, count(*), sum(told=0 AND settled_at<>0 AND state<>'confirmed') FROM promise "
              "GROUP BY state");
  PromiseCounts out;
  while (true) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) return out;
    const auto state = promise_state_from_code(query.text(0));
    if (!state) continue;
    out.by_state.at(static_cast<std::size_t>(*state)) = static_cast<std::size_t>(query.integer(1));
    out.untold += static_cast<std::size_t>(query.integer(2));
  }
}

Result<std::vector<std::string>> concerned(Connection& connection, std::string_view after,
                                           std::size_t limit) {
  Query query(connection,
              "SELECT key FROM promise WHERE key>?1 AND (settled_at=0 OR (told=0 AND state<>'confirmed')) "
              "ORDER BY key");
  query.text(1, after);
  std::vector<std::string> out;
  while (out.size() < limit) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) break;
    out.push_back(query.text(0));
  }
  return out;
}

Result<std::size_t> count_open(Connection& connection, PromiseState state) {
  Query query(connection, "SELECT count(*) FROM promise WHERE settled_at=0 AND state=?1");
  const auto row = query.text(1, code(state)).step();
  if (!row) return row.error();
  return static_cast<std::size_t>(query.integer(0));
}

Result<void> make(Connection& connection, Promise promise) {
  const auto held = find(connection, promise.id.key());
  if (!held) return held.error();
  const auto outage = outage_rows::open_one(connection);
  if (!outage) return outage.error();
  const bool open = *held && !(*held)->is_settled() && !is_of_former_outage(**held, *outage);
  if (open) {
    const bool now_told = promise.made == PromiseState::provisional && (*held)->made == queued;
    if (!now_told) return {};
    promise.made_at = (*held)->made_at;
    promise.outage = (*held)->outage;
    if (auto moved = outage_rows::count_made(connection, promise.outage, queued, -1); !moved) return moved;
  } else {
    promise.outage = *outage;
    const bool counts_here = *held && !(*held)->is_settled() && (*held)->outage == *outage;
    if (counts_here) {
      auto moved = outage_rows::count_made(connection, *outage, (*held)->made, -1);
      if (!moved) return moved;
    }
  }
  if (auto counted = outage_rows::count_made(connection, promise.outage, promise.made, 1); !counted)
    return counted;
  return put(connection, promise);
}

Result<void> make_of_outbox(Connection& connection, std::int64_t outage, WallTime at) {
  const auto before = made_in(connection, outage);
  if (!before) return before.error();
  Query made(
      connection,
      "INSERT INTO promise(key, " LEAFGATE_PROMISE_COLUMNS
      ") SELECT key, registration.id, 'queued', 'queued', coalesce(assigned_hub, ''), "
      "coalesce(device_id, ''), '', '', outbox.reason, ?2, 0, ?1, 0 FROM registration JOIN outbox ON "
      "sequence=queued WHERE true ON CONFLICT(key) DO UPDATE SET (" LEAFGATE_PROMISE_COLUMNS
      ")=(excluded.id, 'queued', 'queued', excluded.hub, excluded.device, '', '', excluded.reason, ?2, "
      "0, ?1, 0) WHERE promise.settled_at<>0 OR (promise.state='needs-the-leaf' AND (promise.outage<>?1 OR "
      "promise.reason='passed-through'))");
  if (auto done = made.integer(1, outage).integer(2, milliseconds(at)).run(); !done) return done;
  // Made before anybody knew that the service is away.
  Query joined(connection, "UPDATE promise SET outage=?1 WHERE outage=0 AND settled_at=0");
  if (auto done = joined.integer(1, outage).run(); !done) return done;
  const auto after = made_in(connection, outage);
  if (!after) return after.error();
  for (const PromiseState state : promises_made) {
    const auto i = static_cast<std::size_t>(state);
    const std::int64_t more = after->at(i) - before->at(i);
    if (more == 0) continue;
    if (auto counted = outage_rows::count_made(connection, outage, state, more); !counted) return counted;
  }
  return {};
}

Result<void> settle(Connection& connection, const Promise& promise) {
  if (auto counted = outage_rows::count_end(connection, promise.outage, promise.state); !counted)
    return counted;
  return put(connection, promise);
}

Result<void> object(Connection& connection, std::string_view key, Reason why) {
  Query query(connection,
              "UPDATE promise SET state='conflict', reason=?2 WHERE key=?1 AND settled_at=0 AND NOT "
              "(state='conflict' AND reason=?2)");
  return query.text(1, key).text(2, code(why)).run();
}

Result<void> passed(Connection& connection, std::string_view key) {
  Query query(connection,
              "UPDATE promise SET reason=?2 WHERE key=?1 AND settled_at=0 AND state='needs-the-leaf' AND "
              "reason<>?2");
  return query.text(1, key).text(2, code(Reason::passed_through)).run();
}

Result<void> told(Connection& connection, std::string_view key) {
  Query query(connection, "UPDATE promise SET told=1 WHERE key=?1 AND settled_at<>0 AND told=0");
  return query.text(1, key).run();
}

Result<void> take_back(Connection& connection, std::string_view key) {
  const auto held = find(connection, key);
  if (!held) return held.error();
  const bool is_open = *held && !(*held)->is_settled();
  if (is_open) {
    auto counted = outage_rows::count_made(connection, (*held)->outage, (*held)->made, -1);
    if (!counted) return counted;
  }
  Query query(connection, "DELETE FROM promise WHERE key=?1");
  return query.text(1, key).run();
}

Result<std::size_t> clear(Connection& connection, std::optional<PromiseState> state) {
  Query count(connection, state ? "SELECT count(*) FROM promise WHERE " LEAFGATE_OVER_IN_STATE
                                : "SELECT count(*) FROM promise WHERE settled_at<>0");
  if (state) count.text(1, code(*state));
  const auto row = count.step();
  if (!row) return row.error();
  const auto found = static_cast<std::size_t>(count.integer(0));
  if (found == 0) return found;
  Query query(connection, state ? "DELETE FROM promise WHERE " LEAFGATE_OVER_IN_STATE
                                : "DELETE FROM promise WHERE settled_at<>0");
  if (state) query.text(1, code(*state));
  if (auto done = query.run(); !done) return done.error();
  return found;
}

}  // namespace leafgate::promise_rows
