#include "store/sealing_start.hpp"

#include <algorithm>
#include <memory>

#include "gateway/runtime/log.hpp"
#include "store/reseal.hpp"
#include "store/scrub.hpp"

namespace leafgate {
namespace {

constexpr int steps_between_checkpoints = 8;

template <class F>
Result<void> in_transaction(Connection& connection, F function) {
  if (auto begun = Query(connection, "BEGIN IMMEDIATE").run(); !begun) return begun;
  Result<void> done = function();
  if (done) done = Query(connection, "COMMIT").run();
  if (!done && connection.in_transaction()) {
    if (auto undone = Query(connection, "ROLLBACK").run(); !undone) return undone;
  }
  return done;
}

// The file first, so that there is no row of a key nobody has.
Result<void> make_first_key(Connection& connection, const KeyFile& file, std::optional<crypto::Secret>& held,
                            Random& random) {
  if (!held) {
    held.emplace(SealingKey::octets);
    random.fill(held->writable());
    if (auto written = file.write(*held); !written) return written;
    log::notice("sealing key made", {{"file", file.path()}});
  }
  sealing_rows::Key row;
  row.proof = SealingKey::proof(*held);
  return in_transaction(connection, [&]() -> Result<void> {
    const auto added = sealing_rows::add(connection, row);
    if (!added) return added.error();
    return Query(connection, "UPDATE site SET secret=zeroblob(32)").run();
  });
}

Result<void> open_held(const KeyFile& file, const crypto::Secret& held, const sealing_rows::Work& work,
                       SealingStart& start) {
  const std::string proof = SealingKey::proof(held);
  for (const auto& row : start.rows) {
    if (row.proof != proof) continue;
    start.open.emplace(row.id, SealingKey(row.id, held.copy()));
    start.in_file = row.id;
    return {};
  }
  if (work.retired.contains(proof)) return file.remove();
  log::warning("the key file holds a key of another store", {{"file", file.path()}});
  return {};
}

Result<void> seal_all(Connection& connection, const SealingStart& start, bool clear) {
  Reseal reseal(copy_of(start.open), clear, std::make_shared<ResealCounts>());
  bool ended = false;
  for (int steps = 1; !ended; ++steps) {
    const auto done = in_transaction(connection, [&]() -> Result<void> {
      const auto stepped = reseal.step(connection);
      if (!stepped) return stepped.error();
      ended = *stepped;
      return {};
    });
    if (!done) return done;
    if (steps % steps_between_checkpoints != 0) continue;
    if (const auto left = connection.checkpoint(false); !left) return left.error();
  }
  log::notice("secrets sealed anew");
  return {};
}

Result<void> seal_anew(Connection& connection, const SealingStart& start, bool clear) {
  if (auto set = connection.execute("PRAGMA secure_delete=ON"); !set) return set;
  auto done = seal_all(connection, start, clear);
  const auto back = connection.execute("PRAGMA secure_delete=FAST");
  if (done && !back) return back;
  return done;
}

Result<void> clean_up(Connection& connection, const StateDir& dir) {
  const auto cleaned = scrub(connection, dir.database(), dir.reserve());
  if (!cleaned) {
    log::warning("what secrets left behind is cleaned at the next start",
                 {{"error", cleaned.error().detail}});
    return {};
  }
  log::notice("database cleaned of what secrets left behind");
  return sealing_rows::set_scrubbed(connection);
}

bool newest_is_open(const SealingStart& start) {
  return !start.rows.empty() && start.open.contains(start.rows.back().id);
}

}  // namespace

Result<SealingStart> start_sealing(Connection& connection, const StateDir& dir, Random& random) {
  const KeyFile file(dir.key_file());
  auto held = file.read();
  if (!held) return held.error();
  auto work = sealing_rows::work(connection);
  if (!work) return work.error();
  if (work->last_key == 0) {
    if (auto made = make_first_key(connection, file, *held, random); !made) return made.error();
  }
  SealingStart start;
  auto rows = sealing_rows::list(connection);
  if (!rows) return rows.error();
  if (rows->empty()) return Error(Errc::conflict, "the sealing keys of this store were removed");
  start.rows = std::move(*rows);
  if (*held) {
    if (auto opened = open_held(file, **held, *work, start); !opened) return opened.error();
  }
  if (work->reseal && newest_is_open(start)) {
    auto sealed = seal_anew(connection, start, work->clear);
    if (!sealed && sealed.error().code != Errc::store_full) return sealed.error();
    if (!sealed) log::error("no room to seal the secrets", {{"error", sealed.error().detail}});
    rows = sealing_rows::list(connection);
    work = sealing_rows::work(connection);
    if (!rows || !work) return rows ? work.error() : rows.error();
    start.rows = std::move(*rows);
  }
  if (work->scrub && !work->reseal) {
    if (auto cleaned = clean_up(connection, dir); !cleaned) return cleaned.error();
  }
  start.reseal = work->reseal;
  start.clear = work->clear;
  return start;
}

}  // namespace leafgate
