#include "store/receipt_rows.hpp"

#include <algorithm>

#include "gateway/crypto/merkle.hpp"

namespace leafgate::receipt_rows {
namespace {

using checkpoint_rows::Which;

struct Open {
  std::int64_t first = 0;  // 0: none
  std::vector<Hash> leaves;
};

// The first entries behind the newest checkpoint, without a gap.
Result<Open> open_entries(Connection& connection, std::int64_t from, std::size_t most) {
  Query query(connection, "SELECT sequence, entry FROM receipt WHERE sequence>=?1 ORDER BY sequence");
  query.integer(1, from);
  Open out;
  while (out.leaves.size() < most) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) break;
    const std::int64_t sequence = query.integer(0);
    if (out.leaves.empty()) out.first = sequence;
    if (sequence != out.first + static_cast<std::int64_t>(out.leaves.size())) break;
    out.leaves.push_back(crypto::merkle::leaf(as_bytes(query.text(1))));
  }
  return out;
}

Result<std::int64_t> first_open(Connection& connection) {
  const auto newest = checkpoint_rows::find(connection, Which::newest);
  if (!newest) return newest.error();
  return *newest ? (*newest)->first + (*newest)->count : 0;
}

Result<void> place(Connection& connection, std::int64_t sequence, std::int64_t checkpoint,
                   const std::vector<Hash>& path) {
  std::string octets;
  for (const Hash& step : path) octets += as_text(step);
  Query query(connection, "UPDATE receipt SET checkpoint=?2, path=?3 WHERE sequence=?1");
  return query.integer(1, sequence).integer(2, checkpoint).blob(3, octets).run();
}

Result<ReceiptProof> read(Connection& connection, const Query& row) {
  ReceiptProof out;
  out.sequence = row.integer(0);
  out.entry = row.text(1);
  if (row.is_null(2)) return out;
  const std::int64_t number = row.integer(2);
  const std::string path = row.text(3);
  auto checkpoint = checkpoint_rows::find(connection, number);
  if (!checkpoint) return checkpoint.error();
  if (!*checkpoint || path.size() % sizeof(Hash) != 0)
    return Error(Errc::internal, "the checkpoint of an entry cannot be read");
  ReceiptProof::Place& place = out.place.emplace();
  place.checkpoint = std::move(**checkpoint);
  place.index = out.sequence - place.checkpoint.first;
  for (std::size_t at = 0; at < path.size(); at += sizeof(Hash))
    place.path.push_back(checkpoint_rows::hash_of(std::string_view(path).substr(at, sizeof(Hash))));
  return out;
}

Result<std::optional<ReceiptProof>> read_one(Connection& connection, Query& query) {
  const auto row = query.step();
  if (!row) return row.error();
  if (!*row) return std::optional<ReceiptProof>();
  auto proof = read(connection, query);
  if (!proof) return proof.error();
  return std::optional<ReceiptProof>(std::move(*proof));
}

}  // namespace

Result<std::int64_t> next_sequence(Connection& connection) {
  Query query(connection, "SELECT coalesce(max(sequence), 0) FROM receipt");
  const auto row = query.step();
  if (!row) return row.error();
  if (query.integer(0) > 0) return query.integer(0) + 1;
  const auto open = first_open(connection);
  if (!open) return open.error();
  return std::max<std::int64_t>(*open, 1);
}

Result<void> add(Connection& connection, std::int64_t sequence, std::string_view registration_key,
                 std::string_view entry) {
  Query query(connection, "INSERT INTO receipt(sequence, registration, entry) VALUES(?1, ?2, ?3)");
  return query.integer(1, sequence).text(2, registration_key).text(3, entry).run();
}

Result<void> let_go(Connection& connection, std::int64_t sequence, const Limits& limits) {
  if (sequence <= 0) return {};
  Query query(connection,
              "DELETE FROM receipt AS r WHERE sequence=?1 AND checkpoint IS NOT NULL"
              " AND sequence<=(SELECT max(sequence) FROM receipt)-?2 AND NOT EXISTS"
              " (SELECT 1 FROM registration AS g WHERE g.key=r.registration AND g.receipt=?1)"
              " RETURNING checkpoint");
  query.integer(1, sequence).integer(2, limits.entries);
  std::int64_t checkpoint = 0;
  while (true) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) break;
    checkpoint = query.integer(0);
  }
  return checkpoint_rows::let_go(connection, checkpoint, limits);
}

Result<std::size_t> count_open(Connection& connection) {
  const auto first = first_open(connection);
  if (!first) return first.error();
  Query query(connection, "SELECT count(*) FROM receipt WHERE sequence>=?1");
  const auto row = query.integer(1, *first).step();
  if (!row) return row.error();
  return static_cast<std::size_t>(query.integer(0));
}

Result<std::optional<Checkpoint>> close(Connection& connection, std::size_t most, std::uint64_t epoch,
                                        bool even_if_empty, const Limits& limits) {
  const auto newest = checkpoint_rows::find(connection, Which::newest);
  if (!newest) return newest.error();
  Checkpoint next;
  next.sequence = 1;
  next.epoch = epoch;
  if (*newest) {
    const Checkpoint& before = **newest;
    next.sequence = before.sequence + 1;
    next.previous = crypto::merkle::checkpoint(before.previous, static_cast<std::uint64_t>(before.sequence),
                                               static_cast<std::uint64_t>(before.count), before.root);
    next.first = before.first + before.count;
  }
  const auto open = open_entries(connection, next.first, most);
  if (!open) return open.error();
  if (open->leaves.empty() && !even_if_empty) return std::optional<Checkpoint>();
  const auto tree = crypto::merkle::tree(open->leaves);
  next.root = tree.root;
  next.count = static_cast<std::int64_t>(open->leaves.size());
  next.first = std::max<std::int64_t>(open->leaves.empty() ? next.first : open->first, 1);
  if (auto put = checkpoint_rows::add(connection, next); !put) return put.error();
  std::int64_t sequence = next.first;
  for (const auto& path : tree.paths) {
    if (auto put = place(connection, sequence, next.sequence, path); !put) return put.error();
    ++sequence;
  }
  // What could not go because it was open still.
  const auto behind = next_sequence(connection);
  if (!behind) return behind.error();
  const std::int64_t last = std::min(next.first + next.count, *behind - limits.entries) - 1;
  for (sequence = next.first; sequence <= last; ++sequence)
    if (auto done = receipt_rows::let_go(connection, sequence, limits); !done) return done.error();
  const std::int64_t oldest = next.sequence - limits.checkpoints;
  if (auto done = checkpoint_rows::let_go(connection, oldest, limits); !done) return done.error();
  return std::optional<Checkpoint>(next);
}

Result<std::optional<ReceiptProof>> find(Connection& connection, std::int64_t sequence) {
  Query query(connection, "SELECT sequence, entry, checkpoint, path FROM receipt WHERE sequence=?1");
  query.integer(1, sequence);
  return read_one(connection, query);
}

Result<std::optional<ReceiptProof>> newest_of(Connection& connection, std::string_view registration_key) {
  Query query(connection,
              "SELECT sequence, entry, checkpoint, path FROM receipt WHERE registration=?1"
              " ORDER BY sequence DESC LIMIT 1");
  query.text(1, registration_key);
  return read_one(connection, query);
}

}  // namespace leafgate::receipt_rows
