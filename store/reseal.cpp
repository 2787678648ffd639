#include "store/reseal.hpp"

#include <string>
#include <vector>

#include "gateway/crypto/digest.hpp"
#include "gateway/ports/sealed_rows.hpp"
#include "gateway/runtime/log.hpp"
#include "store/sealing_rows.hpp"

namespace leafgate {
namespace {

std::string digest_of(std::string_view blob) {
  const auto digest = crypto::sha256(as_bytes(blob));
  return std::string(as_text(digest));
}

// The next rows of a pass: at most rows_of_a_step, from where bind(query) says, each made by read(query).
template <class Row, class Bind, class Read>
Result<std::vector<Row>> rows_of(Connection& connection, std::string_view sql, Bind bind, Read read) {
  std::vector<Row> rows;
  Query query(connection, std::string(sql).append(" LIMIT ").append(std::to_string(rows_of_a_step)));
  bind(query);
  for (;;) {
    const auto more = query.step();
    if (!more) return more.error();
    if (!*more) return rows;
    rows.push_back(read(query));
  }
}

void bind_blob(Query& query, int parameter, const std::optional<std::string>& blob) {
  if (blob) query.blob(parameter, *blob);  // what is not bound is NULL
}

}  // namespace

Reseal::Reseal(SealingKeys keys, bool clear_allowed, std::shared_ptr<ResealCounts> counts)
    : keys_(std::move(keys)), clear_allowed_(clear_allowed), counts_(std::move(counts)) {}

std::optional<std::string> Reseal::renewed(const std::string& blob, const std::string& row) {
  const SealingKey& newest = keys_.rbegin()->second;
  const auto head = read_head(blob);
  if (head && head->key == newest.id()) return std::nullopt;
  const auto key = head ? keys_.find(head->key) : keys_.end();
  const bool clear = head && head->kind == BlobKind::clear;
  Result<crypto::Secret> plain = Error(Errc::refused, "no key of it is open");
  if (clear && clear_allowed_) plain = open_clear(blob, row);
  if (key != keys_.end()) plain = key->second.open(blob, row);
  if (!plain) {
    if (head && head->key != 0) referred_.insert(head->key);
    ++unreadable_;
    return std::nullopt;
  }
  changed_ = true;
  ++counts_->renewed;
  return newest.seal(clear ? BlobKind::secret : head->kind, row, plain->view());
}

Result<void> Reseal::follow_group_key(Connection& connection, const std::string& enrollment,
                                      const std::string& before, const std::string& after) {
  Query query(connection,
              "UPDATE OR REPLACE derived_key SET group_key=?1 WHERE enrollment=?2 AND group_key=?3");
  const std::string from = digest_of(before);
  const std::string to = digest_of(after);
  return query.blob(1, to).text(2, enrollment).blob(3, from).run();
}

Result<bool> Reseal::enrollments(Connection& connection) {
  struct Row {
    std::int64_t row;
    std::string name;
    std::optional<std::string> primary, secondary;
  };
  auto rows = rows_of<Row>(
      connection,
      "SELECT rowid, kind, id, primary_key, secondary_key FROM enrollment WHERE rowid>?1 ORDER BY rowid",
      [this](Query& query) { query.integer(1, row_); },
      [](const Query& query) {
        Row row{query.integer(0), sealed_rows::enrollment(query.integer(1) == 0, query.text(2)), {}, {}};
        if (!query.is_null(3)) row.primary = query.text(3);
        if (!query.is_null(4)) row.secondary = query.text(4);
        return row;
      });
  if (!rows) return rows.error();
  for (Row& row : *rows) {
    row_ = row.row;
    bool written = false;
    for (auto* blob : {&row.primary, &row.secondary}) {
      if (!*blob) continue;
      auto anew = renewed(**blob, row.name);
      if (!anew) continue;
      if (auto done = follow_group_key(connection, row.name, **blob, *anew); !done) return done.error();
      *blob = std::move(anew);
      written = true;
    }
    if (!written) continue;
    Query query(connection, "UPDATE enrollment SET primary_key=?2, secondary_key=?3 WHERE rowid=?1");
    query.integer(1, row.row);
    bind_blob(query, 2, row.primary);
    bind_blob(query, 3, row.secondary);
    if (auto done = query.run(); !done) return done.error();
  }
  return rows->size() < rows_of_a_step;
}

Result<bool> Reseal::derived(Connection& connection) {
  struct Row {
    std::string enrollment, id, group_key, sealed;
  };
  const auto rows = rows_of<Row>(
      connection,
      "SELECT enrollment, id, group_key, sealed FROM derived_key WHERE (enrollment, id, group_key)>(?1, ?2, "
      "?3) "
      "ORDER BY enrollment, id, group_key",
      [this](Query& query) { query.text(1, enrollment_).text(2, id_).blob(3, group_key_); },
      [](const Query& query) {
        return Row{query.text(0), query.text(1), query.text(2), query.text(3)};
      });
  if (!rows) return rows.error();
  for (const Row& row : *rows) {
    enrollment_ = row.enrollment;
    id_ = row.id;
    group_key_ = row.group_key;
    const auto anew = renewed(row.sealed, sealed_rows::derived(row.enrollment, row.id));
    if (!anew) continue;
    Query query(connection,
                "UPDATE derived_key SET sealed=?4 WHERE enrollment=?1 AND id=?2 AND group_key=?3");
    query.text(1, row.enrollment).text(2, row.id).blob(3, row.group_key).blob(4, *anew);
    if (auto done = query.run(); !done) return done.error();
  }
  return rows->size() < rows_of_a_step;
}

Result<bool> Reseal::registrations(Connection& connection) {
  struct Row {
    std::int64_t row;
    std::string key, sealed;
  };
  const auto rows = rows_of<Row>(
      connection,
      "SELECT rowid, key, tpm_key FROM registration WHERE rowid>?1 AND tpm_key IS NOT NULL ORDER BY rowid",
      [this](Query& query) { query.integer(1, row_); },
      [](const Query& query) {
        return Row{query.integer(0), query.text(1), query.text(2)};
      });
  if (!rows) return rows.error();
  for (const Row& row : *rows) {
    row_ = row.row;
    const auto anew = renewed(row.sealed, sealed_rows::registration(row.key));
    if (!anew) continue;
    Query query(connection, "UPDATE registration SET tpm_key=?2 WHERE rowid=?1");
    if (auto done = query.integer(1, row.row).blob(2, *anew).run(); !done) return done.error();
  }
  return rows->size() < rows_of_a_step;
}

Result<bool> Reseal::counter(Connection& connection) {
  auto row = sealing_rows::anchor(connection);
  if (!row) return row.error();
  if (!*row) return true;
  auto anew = renewed((*row)->counter_auth, sealed_rows::counter());
  if (!anew) return true;
  (*row)->counter_auth = std::move(*anew);
  if (auto done = sealing_rows::set_anchor(connection, **row); !done) return done.error();
  return true;
}

// The one row of a table: its key is named `row`.
Result<bool> Reseal::one_key(Connection& connection, std::string_view read, std::string_view write,
                             const std::string& row) {
  std::string sealed;
  {
    Query query(connection, read);
    const auto found = query.step();
    if (!found) return found.error();
    if (!*found) return true;
    sealed = query.text(0);
  }
  const auto anew = renewed(sealed, row);
  if (!anew) return true;
  Query query(connection, write);
  if (auto done = query.blob(1, *anew).run(); !done) return done.error();
  return true;
}

Result<bool> Reseal::part(Connection& connection) {
  switch (part_) {
    case Part::enrollments:
      return enrollments(connection);
    case Part::derived:
      return derived(connection);
    case Part::registrations:
      return registrations(connection);
    case Part::counter:
      return counter(connection);
    case Part::own_key:
      return one_key(connection, "SELECT hub_key FROM own_identity", "UPDATE own_identity SET hub_key=?1",
                     sealed_rows::own_hub_key());
    case Part::link_key:
      return one_key(connection, "SELECT key FROM link_identity", "UPDATE link_identity SET key=?1",
                     sealed_rows::link_key());
    case Part::end:
      break;
  }
  return true;
}

void Reseal::begin_pass() {
  part_ = Part::enrollments;
  row_ = 0;
  enrollment_.clear();
  id_.clear();
  group_key_.clear();
  changed_ = false;
  referred_.clear();
  unreadable_ = 0;
}

Result<void> Reseal::finish(Connection& connection) {
  const std::int64_t newest = keys_.rbegin()->first;
  const auto rows = sealing_rows::list(connection);
  if (!rows) return rows.error();
  left_something_ = false;
  for (const auto& row : *rows) {
    if (row.id >= newest) continue;
    // What is under an open key and does not open is lost; under another one, that key may open it yet.
    if (!keys_.contains(row.id) && referred_.contains(row.id)) {
      left_something_ = true;
      continue;
    }
    if (auto retired = sealing_rows::retire(connection, row); !retired) return retired;
  }
  counts_->unreadable = unreadable_;
  if (unreadable_ > 0) log::error("stored secrets do not open", {{"count", unreadable_}});
  return left_something_ ? Result<void>() : sealing_rows::set_resealed(connection);
}

Result<bool> Reseal::step(Connection& connection) {
  if (keys_.empty()) return Error(Errc::throttled, "no sealing key is open");
  const auto done = part(connection);
  if (!done) return done.error();
  if (!*done) return false;
  row_ = 0;
  part_ = static_cast<Part>(static_cast<int>(part_) + 1);
  if (part_ != Part::end) return false;
  if (changed_) {
    begin_pass();
    return false;
  }
  if (auto finished = finish(connection); !finished) return finished.error();
  return true;
}

void ResealSteps::answer(std::optional<Error> failure) {
  if (!failure && reseal_.left_something())
    failure = Error(Errc::throttled, "something is sealed under a key that is out of reach");
  if (failure) {
    reply_(Result<void>(std::move(*failure)));
  } else {
    reply_(Result<void>());
  }
}

}  // namespace leafgate
