#include "store/sqlite_denials.hpp"

namespace leafgate {
namespace {

std::int64_t ms(WallTime at) { return at.time_since_epoch().count(); }
WallTime wall(std::int64_t at) { return WallTime(Millis(at)); }

Result<std::optional<HeldDenyList>> read_list(Connection& connection) {
  Query query(connection, "SELECT number, digest, taken FROM deny_list");
  const auto row = query.step();
  if (!row) return row.error();
  std::optional<HeldDenyList> out;
  if (*row) out = HeldDenyList{query.integer(0), query.text(1), wall(query.integer(2))};
  return out;
}

Result<void> read_entries(Connection& connection, StoredDenials& into) {
  Query query(connection, "SELECT local, kind, value, until FROM denial ORDER BY local, kind, value");
  while (true) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return {};
    // What a damaged row names is nobody; the others count.
    const auto kind = deny_kind_from(query.text(1));
    auto entry = kind ? make_denial(*kind, query.text(2)) : Result<Denial>(Error(Errc::malformed, "kind"));
    if (!entry) continue;
    if (!query.is_null(3)) entry->until = wall(query.integer(3));
    (query.integer(0) == 1 ? into.local : into.listed).push_back(std::move(*entry));
  }
}

Result<void> read_words(Connection& connection, StoredDenials& into) {
  Query query(connection, "SELECT id, approved, credential, at, accepted FROM operator_word ORDER BY id");
  while (true) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return {};
    into.words.push_back(OperatorWord{query.text(0), query.integer(1) == 1, query.text(2),
                                      wall(query.integer(3)), query.text(4)});
  }
}

Result<void> read_contests(Connection& connection, StoredDenials& into) {
  // Beside an operator's word of whatever date it is a later contest: put_word() ends those of before, and
  // the clock may have been ahead then. After a word that a daemon wrote which knows no contests it is asked
  // again.
  Query query(connection, "SELECT id, place, since FROM contested_leaf ORDER BY id");
  while (true) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return {};
    into.contests.push_back(Contest{query.text(0), query.text(1), wall(query.integer(2))});
  }
}

Result<void> put_entry(Connection& connection, bool local, const Denial& entry) {
  Query query(connection,
              "INSERT INTO denial(local, kind, value, until) VALUES(?1, ?2, ?3, ?4)"
              " ON CONFLICT DO UPDATE SET until = CASE WHEN ?1=1 THEN excluded.until"
              " WHEN until IS NULL OR excluded.until IS NULL THEN NULL ELSE max(until, excluded.until) END");
  query.integer(1, local ? 1 : 0).text(2, to_text(entry.kind)).text(3, entry.value);
  if (entry.until)
    query.integer(4, ms(*entry.until));
  else
    query.null(4);
  return query.run();
}

}  // namespace

Task<Result<StoredDenials>> SqliteDenials::load() {
  auto read = [](Connection& connection) -> Result<StoredDenials> {
    StoredDenials out;
    auto list = read_list(connection);
    if (!list) return list.error();
    out.list = std::move(*list);
    if (auto entries = read_entries(connection, out); !entries) return entries.error();
    if (auto words = read_words(connection, out); !words) return words.error();
    if (auto contests = read_contests(connection, out); !contests) return contests.error();
    return out;
  };
  co_return co_await reader_.ask(read);
}

Task<Result<void>> SqliteDenials::replace_list(HeldDenyList list, std::vector<Denial> entries) {
  auto write = [&](Connection& connection) -> Result<void> {
    Query gone(connection, "DELETE FROM denial WHERE local=0");
    if (auto done = gone.run(); !done) return done.error();
    for (const Denial& entry : entries)
      if (auto put = put_entry(connection, false, entry); !put) return put.error();
    Query query(connection,
                "INSERT OR REPLACE INTO deny_list(one, number, digest, taken) VALUES(1, ?1, ?2, ?3)");
    return query.integer(1, list.number).text(2, list.digest).integer(3, ms(list.taken)).run();
  };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<void>> SqliteDenials::put_local(Denial entry) {
  auto write = [&](Connection& connection) { return put_entry(connection, true, entry); };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<bool>> SqliteDenials::remove_local(DenyKind kind, std::string value) {
  auto write = [&](Connection& connection) -> Result<bool> {
    Query held(connection, "SELECT 1 FROM denial WHERE local=1 AND kind=?1 AND value=?2");
    const auto there = held.text(1, to_text(kind)).text(2, value).step();
    if (!there || !*there) return there;
    Query query(connection, "DELETE FROM denial WHERE local=1 AND kind=?1 AND value=?2");
    auto done = query.text(1, to_text(kind)).text(2, value).run();
    if (!done) return done.error();
    return true;
  };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<void>> SqliteDenials::put_contest(Contest contest) {
  auto write = [&](Connection& connection) {
    Query query(connection, "INSERT OR REPLACE INTO contested_leaf(id, place, since) VALUES(?1, ?2, ?3)");
    return query.text(1, contest.id).text(2, contest.other_place).integer(3, ms(contest.since)).run();
  };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<void>> SqliteDenials::put_word(OperatorWord word) {
  auto write = [&](Connection& connection) -> Result<void> {
    Query settled(connection, "DELETE FROM contested_leaf WHERE id=?1");
    if (auto done = settled.text(1, word.id).run(); !done) return done;
    Query query(connection,
                "INSERT OR REPLACE INTO operator_word(id, approved, credential, at, accepted) "
                "VALUES(?1, ?2, ?3, ?4, ?5)");
    query.text(1, word.id).integer(2, word.approved ? 1 : 0);
    return query.text(3, word.credential).integer(4, ms(word.at)).text(5, word.accepted).run();
  };
  co_return co_await writer_.write(write, Room::frees);
}

}  // namespace leafgate
