#include "store/sqlite_derived_keys.hpp"

#include <charconv>

namespace leafgate {
namespace {

constexpr std::size_t most_group_keys = 2;  // a primary and a secondary one
constexpr std::size_t removed_at_a_time = 500;

Result<void> read_those_of(Connection& connection, const std::string& enrollment, const std::string& id,
                           std::vector<DerivedKey>& into) {
  Query query(connection, "SELECT group_key, sealed FROM derived_key WHERE enrollment=?1 AND id=?2");
  query.text(1, enrollment).text(2, id);
  while (true) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return {};
    DerivedKey key;
    key.enrollment = enrollment;
    key.id = id;
    key.group_key = query.text(0);
    key.sealed.blob = query.text(1);
    into.push_back(std::move(key));
  }
}

void bind_kept(Query& query, int parameter, const std::vector<std::string>& group_keys, std::size_t which) {
  if (which < group_keys.size())
    query.blob(parameter, group_keys[which]);
  else
    query.null(parameter);
}

// Some of them: a fleet's rows in one transaction would hold up every leaf that waits for a commit.
Result<std::size_t> remove_some(Connection& connection, const std::string& enrollment,
                                const std::vector<std::string>& group_keys) {
  Query query(connection,
              "DELETE FROM derived_key WHERE enrollment=?1 AND (id, group_key) IN (SELECT id, group_key FROM "
              "derived_key WHERE enrollment=?1 AND group_key IS NOT ?2 AND group_key IS NOT ?3 LIMIT ?4)");
  query.text(1, enrollment);
  bind_kept(query, 2, group_keys, 0);
  bind_kept(query, 3, group_keys, 1);
  query.integer(4, removed_at_a_time);
  auto done = query.run();
  if (!done) return done.error();
  const auto counted = connection.ask("SELECT changes()");
  if (!counted) return counted.error();
  std::size_t removed = 0;
  std::from_chars(counted->data(), counted->data() + counted->size(), removed);
  return removed;
}

}  // namespace

Task<Result<std::vector<DerivedKey>>> SqliteDerivedKeys::find(std::vector<std::string> enrollments,
                                                              std::vector<std::string> ids) {
  auto read = [&](Connection& connection) -> Result<std::vector<DerivedKey>> {
    std::vector<DerivedKey> found;
    for (const std::string& enrollment : enrollments) {
      for (const std::string& id : ids) {
        auto done = read_those_of(connection, enrollment, id, found);
        if (!done) return done.error();
      }
    }
    return found;
  };
  co_return co_await reader_.ask(read);
}

Task<Result<void>> SqliteDerivedKeys::put(DerivedKey key) {
  auto write = [&](Connection& connection) -> Result<void> {
    Query query(connection,
                "INSERT INTO derived_key (enrollment, id, group_key, sealed) VALUES (?1, ?2, ?3, ?4) "
                "ON CONFLICT DO UPDATE SET sealed=excluded.sealed");
    query.text(1, key.enrollment).text(2, key.id).blob(3, key.group_key).blob(4, key.sealed.blob);
    return query.run();
  };
  co_return co_await writer_.write(write);
}

Task<Result<std::size_t>> SqliteDerivedKeys::keep_only(std::string enrollment,
                                                       std::vector<std::string> group_keys) {
  if (group_keys.size() > most_group_keys)
    co_return Error(Errc::internal, "an enrollment has two group keys at most");
  auto write = [&](Connection& connection) { return remove_some(connection, enrollment, group_keys); };
  std::size_t removed = 0;
  while (true) {
    const auto some = co_await writer_.write(write, Room::frees);
    if (!some) co_return some.error();
    removed += *some;
    if (*some < removed_at_a_time) co_return removed;
  }
}

}  // namespace leafgate
