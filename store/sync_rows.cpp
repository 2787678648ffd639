#include "store/sync_rows.hpp"

#include "store/row_codec.hpp"

namespace leafgate::sync_rows {
namespace {

constexpr std::int64_t kind_number(EnrollmentKind kind) { return kind == EnrollmentKind::individual ? 0 : 1; }
constexpr EnrollmentKind kind_of(std::int64_t number) {
  return number == 0 ? EnrollmentKind::individual : EnrollmentKind::group;
}
constexpr std::int64_t rows_of_a_look = 1000;

std::int64_t number(std::uint64_t count) { return static_cast<std::int64_t>(count); }
std::uint64_t count(std::int64_t number) { return static_cast<std::uint64_t>(number); }

// Written so that the index enrollment_keyless is taken.
#define LEAFGATE_KEYLESS                                                                               \
  "e.origin=1 AND e.mechanism='symmetricKey' AND e.keys_etag<>e.etag "                                 \
  "AND e.generation<=(SELECT generation FROM site) AND NOT EXISTS (SELECT 1 FROM enrollment AS newer " \
  "WHERE newer.kind=e.kind AND newer.id=e.id AND newer.generation>e.generation "                       \
  "AND newer.generation<=(SELECT generation FROM site))"

std::optional<SealedKey> key_of(const Query& query, int column) {
  if (query.is_null(column)) return std::nullopt;
  return SealedKey{query.text(column)};
}

// Runs it to its end; whether it returned a row.
Result<bool> any(Query& query) {
  const auto some = query.step();
  if (!some || !*some) return some;
  if (auto rest = query.run(); !rest) return rest.error();
  return true;
}

void bind_key(Query& query, int parameter, const std::optional<SealedKey>& key) {
  if (key) query.blob(parameter, key->blob);  // what is not bound is NULL
}

}  // namespace

Result<State> load(Connection& connection) {
  Query query(
      connection,
      "SELECT generation, highest, scope, kind, continuation, ended, read, changed, kept_out, nameless, "
      "completed_at, last_read, last_changed, last_kept_out, last_removed FROM sync");
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return Error(Errc::store_fault, "the store has lost where its sync is");
  State out;
  out.generation = query.integer(0);
  out.highest = query.integer(1);
  SyncStanding& standing = out.standing;
  standing.open = out.generation != 0;
  standing.scope = query.text(2);
  standing.place.kind = kind_of(query.integer(3));
  standing.place.continuation = query.text(4);
  standing.place.ended = query.integer(5) != 0;
  standing.counts.read = count(query.integer(6));
  standing.counts.changed = count(query.integer(7));
  standing.counts.kept_out = count(query.integer(8));
  out.nameless = count(query.integer(9));
  if (!query.is_null(10)) standing.completed = WallTime(Millis(query.integer(10)));
  standing.last.read = count(query.integer(11));
  standing.last.changed = count(query.integer(12));
  standing.last.kept_out = count(query.integer(13));
  standing.last.removed = count(query.integer(14));
  return out;
}

Result<void> save_place(Connection& connection, const State& state) {
  Query query(connection,
              "UPDATE sync SET kind=?1, continuation=?2, ended=?3, read=?4, kept_out=?5, nameless=?6");
  const SyncStanding& standing = state.standing;
  query.integer(1, kind_number(standing.place.kind)).text(2, standing.place.continuation);
  query.integer(3, standing.place.ended ? 1 : 0).integer(4, number(standing.counts.read));
  return query.integer(5, number(standing.counts.kept_out)).integer(6, number(state.nameless)).run();
}

Result<void> begin(Connection& connection, const State& state) {
  Query query(connection, "UPDATE sync SET generation=?1, highest=?1, disturbed=0, scope=?2, changed=0");
  if (auto done = query.integer(1, state.generation).text(2, state.standing.scope).run(); !done) return done;
  return save_place(connection, state);
}

Result<void> count_changed(Connection& connection, std::int64_t rows) {
  if (rows == 0) return {};
  Query query(connection, "UPDATE sync SET changed=changed+?1");
  return query.integer(1, rows).run();
}

Result<std::uint64_t> changed(Connection& connection) {
  Query query(connection, "SELECT changed FROM sync");
  const auto row = query.step();
  if (!row) return row.error();
  return *row ? count(query.integer(0)) : 0;
}

Result<void> complete(Connection& connection, WallTime at, const SyncCounts& counts) {
  Query query(connection,
              "UPDATE sync SET generation=0, disturbed=0, scope='', continuation='', completed_at=?1, "
              "last_read=?2, last_changed=?3, last_kept_out=?4, last_removed=?5");
  query.integer(1, std::chrono::duration_cast<Millis>(at.time_since_epoch()).count());
  query.integer(2, number(counts.read)).integer(3, number(counts.changed));
  return query.integer(4, number(counts.kept_out)).integer(5, number(counts.removed)).run();
}

Result<bool> unstage_gone(Connection& connection, std::int64_t generation, std::size_t rows) {
  Query query(connection,
              "DELETE FROM enrollment WHERE rowid IN (SELECT rowid FROM enrollment WHERE mechanism='' AND "
              "generation=?1 LIMIT ?2) RETURNING 1");
  return any(query.integer(1, generation).integer(2, static_cast<std::int64_t>(rows)));
}

Result<bool> is_disturbed(Connection& connection) {
  Query query(connection, "SELECT disturbed FROM sync");
  const auto row = query.step();
  if (!row) return row.error();
  return *row && query.integer(0) != 0;
}

Result<void> set_calm(Connection& connection) {
  Query query(connection, "UPDATE sync SET disturbed=0 WHERE disturbed<>0");
  return query.run();
}

Result<void> add_seen(Connection& connection, std::int64_t generation, const Seen& seen) {
  Query query(connection, "INSERT INTO sync_seen(generation, kind, ids) VALUES(?1, ?2, ?3)");
  const std::string ids = encode_texts(seen.ids);
  return query.integer(1, generation).integer(2, kind_number(seen.kind)).blob(3, ids).run();
}

Result<std::vector<Seen>> seen(Connection& connection, std::int64_t generation) {
  Query query(connection, "SELECT kind, ids FROM sync_seen WHERE generation=?1");
  query.integer(1, generation);
  std::vector<Seen> out;
  while (true) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return out;
    auto ids = decode_texts(query.text(1));
    if (!ids) return Error(Errc::implausible, "what the list had does not parse");
    out.push_back({kind_of(query.integer(0)), std::move(*ids)});
  }
}

Result<bool> drop_seen(Connection& connection) {
  Query query(connection,
              "DELETE FROM sync_seen WHERE sequence IN (SELECT sequence FROM sync_seen WHERE "
              "generation<>(SELECT generation FROM sync) LIMIT 20) RETURNING 1");
  return any(query);
}

Result<std::vector<Pair>> pairs(Connection& connection, std::int64_t generation, PairPlace& from) {
  Query query(connection,
              "SELECT kind, id, generation, mechanism<>'', origin, base, generation=?3 FROM enrollment "
              "WHERE (kind, id)>(?1, ?2) AND (generation<=(SELECT generation FROM site) OR generation=?3) "
              "ORDER BY kind, id, generation");
  const PairPlace start = from;
  query.integer(1, start.kind).text(2, start.id).integer(3, generation);
  std::vector<Pair> out;
  for (std::int64_t rows = 0;; ++rows) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) break;
    const bool is_next =
        out.empty() || kind_number(out.back().kind) != query.integer(0) || out.back().id != query.text(1);
    if (is_next && rows >= rows_of_a_look) break;
    if (is_next) {
      out.emplace_back();
      out.back().kind = kind_of(query.integer(0));
      out.back().id = query.text(1);
    }
    Pair& pair = out.back();
    const bool is_there = query.integer(3) != 0;
    if (query.integer(6) != 0) {
      pair.is_staged = true;
      pair.is_staged_gone = !is_there;
      pair.base = query.integer(5);
    } else {  // of those that are not staged the last one counts
      pair.counts = query.integer(2);
      pair.is_held = is_there;
      pair.is_of_service = is_there && query.integer(4) != 0;
    }
  }
  if (!out.empty()) from = PairPlace{kind_number(out.back().kind), out.back().id};
  return out;
}

Result<std::vector<Keyless>> keyless(Connection& connection, const KeylessPlace& from, std::size_t limit) {
  const bool groups = from.of == KeylessPlace::Of::groups;
  Query query(connection,
              "SELECT e.id, e.etag, e.primary_key, e.secondary_key FROM enrollment AS e WHERE e.kind=?1 AND "
              "e.id>?2 AND " LEAFGATE_KEYLESS
              " AND (?1=1 OR EXISTS (SELECT 1 FROM registration WHERE registration.key=e.id)=?3) "
              "ORDER BY e.id LIMIT ?4");
  query.integer(1, groups ? 1 : 0).text(2, from.after);
  query.integer(3, from.of == KeylessPlace::Of::seen ? 1 : 0).integer(4, static_cast<std::int64_t>(limit));
  std::vector<Keyless> out;
  while (true) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return out;
    Keyless one;
    one.kind = groups ? EnrollmentKind::group : EnrollmentKind::individual;
    one.id = query.text(0);
    one.etag = query.text(1);
    one.primary_held = key_of(query, 2);
    one.secondary_held = key_of(query, 3);
    out.push_back(std::move(one));
  }
}

Result<std::optional<std::size_t>> keyless_count(Connection& connection, enrollment_rows::Place& from) {
  auto to = enrollment_rows::place_after(connection, from, rows_of_a_look);
  if (!to) return to.error();
  if (!*to) return std::optional<std::size_t>();
  Query query(connection,
              "SELECT count(*) FROM enrollment AS e WHERE (e.kind, e.id)>(?1, ?2) "
              "AND (e.kind, e.id)<=(?3, ?4) AND " LEAFGATE_KEYLESS);
  query.integer(1, from.kind).text(2, from.id).integer(3, (*to)->kind).text(4, (*to)->id);
  const auto row = query.step();
  if (!row) return row.error();
  const std::size_t counted = *row ? static_cast<std::size_t>(query.integer(0)) : 0;
  from = std::move(**to);
  return std::optional(counted);
}

Result<bool> put_keys(Connection& connection, const FetchedKeys& keys) {
  Query query(connection,
              "UPDATE enrollment SET primary_key=?4, secondary_key=?5, keys_etag=?3 WHERE kind=?1 AND id=?2 "
              "AND etag=?3 AND origin=1 AND mechanism='symmetricKey' AND generation=(SELECT max(generation) "
              "FROM enrollment AS held WHERE held.kind=?1 AND held.id=?2 "
              "AND held.generation<=(SELECT generation FROM site)) RETURNING 1");
  query.integer(1, kind_number(keys.kind)).text(2, keys.id).text(3, keys.etag);
  bind_key(query, 4, keys.primary);
  bind_key(query, 5, keys.secondary);
  return any(query);
}

}  // namespace leafgate::sync_rows
