#include "store/sqlite_audit_log.hpp"

#include <algorithm>

namespace leafgate {
namespace {

std::string bounded(std::string text) {
  text.resize(std::min(text.size(), audit_text_limit));
  return text;
}

ClockQuality quality_from(std::string_view text) {
  for (const ClockQuality quality : {ClockQuality::synced, ClockQuality::plausible})
    if (to_text(quality) == text) return quality;
  return ClockQuality::unsynced;
}

Result<std::int64_t> next_sequence(Connection& connection) {
  Query query(connection, "SELECT coalesce(max(sequence), 0) + 1 FROM audit");
  const auto row = query.step();
  if (!row) return row.error();
  return query.integer(0);
}

Result<void> insert(Connection& connection, const AuditEntry& entry) {
  Query query(connection, "INSERT INTO audit VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
  query.integer(1, entry.sequence).integer(2, entry.at.time_since_epoch().count());
  query.text(3, to_text(entry.clock)).integer(4, entry.actor.uid).integer(5, entry.actor.pid);
  query.text(6, entry.actor.user).text(7, entry.actor.because);
  query.text(8, entry.what).text(9, entry.object).text(10, entry.outcome);
  return query.run();
}

AuditEntry read(const Query& row) {
  AuditEntry entry;
  entry.sequence = row.integer(0);
  entry.at = WallTime(Millis(row.integer(1)));
  entry.clock = quality_from(row.text(2));
  entry.actor.uid = row.integer(3);
  entry.actor.pid = row.integer(4);
  entry.actor.user = row.text(5);
  entry.actor.because = row.text(6);
  entry.what = row.text(7);
  entry.object = row.text(8);
  entry.outcome = row.text(9);
  return entry;
}

Result<AuditPage> page(Connection& connection, WallTime since, std::int64_t after, std::size_t limit) {
  AuditPage out;
  Query first(connection, "SELECT coalesce(min(sequence), 1) - 1 FROM audit");
  const auto lowest = first.step();
  if (!lowest) return lowest.error();
  out.removed = first.integer(0);
  Query query(connection,
              "SELECT sequence, at, clock, uid, pid, user, because, what, object, outcome FROM audit"
              " WHERE sequence>?1 AND at>=?2 ORDER BY sequence");
  query.integer(1, after).integer(2, since.time_since_epoch().count());
  while (out.entries.size() < limit) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) break;
    out.entries.push_back(read(query));
  }
  return out;
}

}  // namespace

Task<Result<std::int64_t>> SqliteAuditLog::begin(AuditEntry entry) {
  for (std::string* text : {&entry.actor.user, &entry.actor.because, &entry.what, &entry.object})
    *text = bounded(std::move(*text));
  entry.outcome = "begun";
  auto write = [&](Connection& connection) -> Result<std::int64_t> {
    const auto sequence = next_sequence(connection);
    if (!sequence) return sequence;
    entry.sequence = *sequence;
    if (auto put = insert(connection, entry); !put) return put.error();
    Query oldest(connection, "DELETE FROM audit WHERE sequence<=?1");
    if (auto gone = oldest.integer(1, *sequence - audit_kept).run(); !gone) return gone.error();
    return *sequence;
  };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<void>> SqliteAuditLog::conclude(std::int64_t sequence, std::string outcome) {
  outcome = bounded(std::move(outcome));
  auto write = [&](Connection& connection) {
    Query query(connection, "UPDATE audit SET outcome=?2 WHERE sequence=?1");
    return query.integer(1, sequence).text(2, outcome).run();
  };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<AuditPage>> SqliteAuditLog::list(WallTime since, std::int64_t after, std::size_t limit) {
  auto read_page = [&](Connection& connection) { return page(connection, since, after, limit); };
  co_return co_await reader_.ask(read_page);
}

}  // namespace leafgate
