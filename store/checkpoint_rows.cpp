#include "store/checkpoint_rows.hpp"

#include <algorithm>
#include <string>

namespace leafgate::checkpoint_rows {
namespace {

#define LEAFGATE_CHECKPOINT_COLUMNS "sequence, first, count, root, previous, epoch, signer, attest, signature"

Bytes octets(const std::string& text) {
  const ByteView view = as_bytes(text);
  return {view.begin(), view.end()};
}

Result<std::optional<Checkpoint>> read_one(Query& row) {
  const auto there = row.step();
  if (!there) return there.error();
  if (!*there) return std::optional<Checkpoint>();
  Checkpoint out;
  out.sequence = row.integer(0);
  out.first = row.integer(1);
  out.count = row.integer(2);
  out.root = hash_of(row.text(3));
  out.previous = hash_of(row.text(4));
  out.epoch = static_cast<std::uint64_t>(row.integer(5));
  if (!row.is_null(7))
    out.statement = CheckpointStatement{octets(row.text(6)), octets(row.text(7)), octets(row.text(8))};
  return std::optional<Checkpoint>(std::move(out));
}

std::string_view sql_of(Which which) {
  switch (which) {
    case Which::newest:
      return "SELECT " LEAFGATE_CHECKPOINT_COLUMNS " FROM checkpoint ORDER BY sequence DESC LIMIT 1";
    case Which::newest_signed:
      return "SELECT " LEAFGATE_CHECKPOINT_COLUMNS
             " FROM checkpoint WHERE attest IS NOT NULL ORDER BY sequence DESC LIMIT 1";
    case Which::first_unsigned:
      return "SELECT " LEAFGATE_CHECKPOINT_COLUMNS
             " FROM checkpoint WHERE attest IS NULL ORDER BY sequence LIMIT 1";
  }
  return {};
}

}  // namespace

Hash hash_of(std::string_view text) {
  Hash out{};
  const ByteView view = as_bytes(text);
  if (view.size() == out.size()) std::copy(view.begin(), view.end(), out.begin());
  return out;
}

Result<std::optional<Checkpoint>> find(Connection& connection, Which which) {
  Query query(connection, sql_of(which));
  return read_one(query);
}

Result<std::optional<Checkpoint>> find(Connection& connection, std::int64_t sequence) {
  Query query(connection, "SELECT " LEAFGATE_CHECKPOINT_COLUMNS " FROM checkpoint WHERE sequence=?1");
  query.integer(1, sequence);
  return read_one(query);
}

Result<void> add(Connection& connection, const Checkpoint& checkpoint) {
  Query query(connection,
              "INSERT INTO checkpoint(sequence, first, count, root, previous, epoch)"
              " VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  query.integer(1, checkpoint.sequence).integer(2, checkpoint.first).integer(3, checkpoint.count);
  query.blob(4, as_text(checkpoint.root)).blob(5, as_text(checkpoint.previous));
  return query.integer(6, static_cast<std::int64_t>(checkpoint.epoch)).run();
}

Result<void> expect(Connection& connection, std::int64_t sequence, std::uint64_t epoch) {
  Query query(connection, "UPDATE checkpoint SET epoch=?2 WHERE sequence=?1 AND attest IS NULL");
  return query.integer(1, sequence).integer(2, static_cast<std::int64_t>(epoch)).run();
}

Result<void> sign(Connection& connection, std::int64_t sequence, std::uint64_t epoch,
                  const CheckpointStatement& statement, const Limits& limits) {
  const auto there = find(connection, sequence);
  if (!there) return there.error();
  if (!*there) return Error(Errc::not_found, "no such checkpoint");
  const auto before = find(connection, Which::newest_signed);
  if (!before) return before.error();
  Query query(connection,
              "UPDATE checkpoint SET epoch=?2, signer=?3, attest=?4, signature=?5 WHERE sequence=?1");
  query.integer(1, sequence).integer(2, static_cast<std::int64_t>(epoch));
  query.blob(3, as_text(statement.signer)).blob(4, as_text(statement.attest));
  if (auto put = query.blob(5, as_text(statement.signature)).run(); !put) return put;
  // Both were kept for what they were until now.
  if (auto done = let_go(connection, sequence, limits); !done) return done;
  return *before ? let_go(connection, (*before)->sequence, limits) : Result<void>();
}

Result<void> let_go(Connection& connection, std::int64_t sequence, const Limits& limits) {
  Query query(connection,
              "DELETE FROM checkpoint WHERE sequence=?1"
              " AND sequence<=(SELECT max(sequence) FROM checkpoint)-?2"
              " AND sequence<>coalesce((SELECT max(sequence) FROM checkpoint WHERE attest IS NOT NULL), 0)"
              " AND sequence<>coalesce((SELECT min(sequence) FROM checkpoint WHERE attest IS NULL), 0)"
              " AND NOT EXISTS (SELECT 1 FROM receipt AS r WHERE"
              " r.sequence BETWEEN checkpoint.first AND checkpoint.first+checkpoint.count-1)");
  return query.integer(1, sequence).integer(2, limits.checkpoints).run();
}

}  // namespace leafgate::checkpoint_rows
