// What has to be done before the switch: the whole list is gone through, and no leaf waits for that.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "store/enrollment_rows.hpp"
#include "store/sqlite_enrollment_sync.hpp"

namespace leafgate {

// What the list has, to look up.
class SqliteEnrollmentSync::ListedIds {
 public:
  explicit ListedIds(const std::vector<sync_rows::Seen>& seen)
      : individuals_(sorted(seen, EnrollmentKind::individual)),
        groups_(sorted(seen, EnrollmentKind::group)) {}

  [[nodiscard]] bool contains(const sync_rows::Pair& pair) const {
    const Ids& ids = pair.kind == EnrollmentKind::individual ? individuals_ : groups_;
    return std::binary_search(ids.begin(), ids.end(), pair.id);
  }

 private:
  using Ids = std::vector<std::string>;

  static Ids sorted(const std::vector<sync_rows::Seen>& seen, EnrollmentKind kind) {
    Ids out;
    for (const sync_rows::Seen& some : seen)
      if (some.kind == kind) out.insert(out.end(), some.ids.begin(), some.ids.end());
    std::sort(out.begin(), out.end());
    return out;
  }

  const Ids individuals_;
  const Ids groups_;
};

void SqliteEnrollmentSync::judge(sync_rows::Pair pair, const ListedIds& listed, bool may_remove, Look& out) {
  const bool stale = pair.is_staged && std::abs(pair.base) != pair.counts;
  const bool unlisted = !pair.is_staged && pair.is_of_service && !listed.contains(pair);
  if (pair.is_staged && !pair.is_staged_gone) ++out.staged;
  if (unlisted ? may_remove : pair.is_staged_gone && pair.is_of_service) ++out.removed;
  if (stale || (unlisted && may_remove)) out.to_do.push_back(std::move(pair));
}

Task<Result<SqliteEnrollmentSync::Look>> SqliteEnrollmentSync::look() {
  std::uint64_t changed = 0;
  auto calm = [&changed](Connection& connection) -> Result<std::int64_t> {
    if (auto done = sync_rows::set_calm(connection); !done) return done.error();
    const auto counted = sync_rows::changed(connection);
    if (!counted) return counted.error();
    changed = *counted;
    return enrollment_rows::generation(connection);
  };
  Look out;
  auto counts = co_await writer_.write(calm);
  if (!counts) co_return counts.error();
  out.looked_at = *counts;
  state_->standing.counts.changed = changed;
  // The whole list, to its last octet: not a thing for the loop.
  std::unique_ptr<const ListedIds> listed;
  const std::int64_t generation = state_->generation;
  auto read_seen = [&](Connection& connection) -> Result<void> {
    const auto seen = sync_rows::seen(connection, generation);
    if (!seen) return seen.error();
    listed = std::make_unique<ListedIds>(*seen);
    return {};
  };
  auto seen_read = co_await upkeep_.ask(read_seen);
  if (!seen_read) co_return seen_read.error();
  const bool may_remove = state_->nameless == 0;
  sync_rows::PairPlace from;
  bool ended = false;
  auto judge_some = [&](Connection& connection) -> Result<void> {
    auto pairs = sync_rows::pairs(connection, generation, from);
    if (!pairs) return pairs.error();
    for (sync_rows::Pair& pair : *pairs) judge(std::move(pair), *listed, may_remove, out);
    ended = pairs->empty();
    if (ended) listed.reset();
    return {};
  };
  while (!ended) {
    auto judged = co_await upkeep_.ask(judge_some);
    if (!judged) co_return judged.error();
  }
  co_return out;
}

}  // namespace leafgate
