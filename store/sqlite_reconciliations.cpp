#include "store/sqlite_reconciliations.hpp"

#include <algorithm>
#include <utility>

#include "store/outage_rows.hpp"
#include "store/promise_rows.hpp"
#include "store/registration_rows.hpp"

namespace leafgate {
namespace {

constexpr std::size_t most_rows = 1000;

// A leaf that nothing was stored of, with its coming as all that is known.
Result<void> make_known(Connection& connection, const Promise& promise) {
  const auto known = registration_rows::find(connection, promise.id.key());
  if (!known) return known.error();
  if (*known) return {};
  AttemptNote came;
  came.at = promise.made_at;
  came.reason = promise.reason;
  came.step = "register";
  return registration_rows::put(connection, {{Registration(promise.id), {came}}, std::nullopt});
}

}  // namespace

Task<Result<std::optional<Promise>>> SqliteReconciliations::find(std::string_view registration_key) {
  const std::string key(registration_key);
  auto read = [&](Connection& connection) { return promise_rows::find(connection, key); };
  co_return co_await reader_.ask(read);
}

Task<Result<std::vector<Promise>>> SqliteReconciliations::list(PromiseFilter filter) {
  const std::size_t limit = std::clamp<std::size_t>(filter.limit, 1, most_rows);
  auto read = [&](Connection& connection) {
    return promise_rows::list(connection, filter.state, filter.after, limit);
  };
  co_return co_await reader_.ask(read);
}

Task<Result<PromiseCounts>> SqliteReconciliations::counts() {
  auto read = [](Connection& connection) { return promise_rows::counts(connection); };
  co_return co_await reader_.ask(read);
}

Task<Result<std::vector<std::string>>> SqliteReconciliations::concerned(std::string after,
                                                                        std::size_t limit) {
  auto read = [&](Connection& connection) { return promise_rows::concerned(connection, after, limit); };
  co_return co_await reader_.ask(read);
}

Task<Result<bool>> SqliteReconciliations::remember(Promise promise) {
  promise.made = PromiseState::needs_the_leaf;
  promise.state = promise.made;
  auto write = [&](Connection& connection) -> Result<bool> {
    const auto held = promise_rows::find(connection, promise.id.key());
    if (!held) return held.error();
    const bool has_room = *held && !(*held)->is_settled() && (*held)->state == PromiseState::needs_the_leaf;
    const auto open = promise_rows::count_open(connection, PromiseState::needs_the_leaf);
    if (!open) return open.error();
    if (!has_room && *open >= most_that_need_the_leaf) return false;
    if (auto made = promise_rows::make(connection, promise); !made) return made.error();
    if (auto known = make_known(connection, promise); !known) return known.error();
    return true;
  };
  co_return co_await writer_.write(write);
}

Task<Result<void>> SqliteReconciliations::object(std::string registration_key, Reason why) {
  auto write = [&](Connection& connection) {
    return promise_rows::object(connection, registration_key, why);
  };
  co_return co_await writer_.write(write);
}

Task<Result<void>> SqliteReconciliations::passed(std::string registration_key) {
  auto write = [&](Connection& connection) { return promise_rows::passed(connection, registration_key); };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<void>> SqliteReconciliations::refuse(std::string registration_key, Reason why, WallTime at,
                                                 bool told) {
  auto write = [&](Connection& connection) -> Result<void> {
    const auto held = promise_rows::find(connection, registration_key);
    if (!held) return held.error();
    if (!*held || !waits_for_the_leaf(**held)) return {};
    Promise now = refused_here(**held, why, at);
    now.told = told;
    return promise_rows::settle(connection, now);
  };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<void>> SqliteReconciliations::told(std::string registration_key) {
  auto write = [&](Connection& connection) { return promise_rows::told(connection, registration_key); };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<std::size_t>> SqliteReconciliations::clear(std::optional<PromiseState> state) {
  const bool waits = state && (*state == PromiseState::queued || *state == PromiseState::provisional);
  if (waits)
    co_return Error(Errc::refused, "these wait for the service: leafgatectl queue drop takes one back");
  auto write = [&](Connection& connection) { return promise_rows::clear(connection, state); };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<std::int64_t>> SqliteReconciliations::begin_outage(OutageMoment at, Reason why) {
  auto write = [&](Connection& connection) -> Result<std::int64_t> {
    auto id = outage_rows::open_one(connection);
    if (id && *id == 0) id = outage_rows::begin(connection, at, why);
    if (!id) return id;
    if (auto made = promise_rows::make_of_outbox(connection, *id, at.at); !made) return made.error();
    if (auto kept = outage_rows::keep(connection, outages_kept); !kept) return kept.error();
    return id;
  };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<void>> SqliteReconciliations::end_outage(OutageMoment at, Millis worth) {
  auto write = [&](Connection& connection) -> Result<void> {
    const auto open = outage_rows::open_one(connection);
    if (!open) return open.error();
    if (*open == 0) return {};
    if (auto ended = outage_rows::end(connection, *open, at); !ended) return ended;
    const auto all = outage_rows::list(connection);
    if (!all) return all.error();
    const auto it = std::find_if(all->begin(), all->end(), [&](const Outage& o) { return o.id == *open; });
    if (it == all->end()) return {};
    // One that was begun by a version which did not measure it has its dates alone.
    const Millis lasted = it->powered_for.value_or(std::chrono::duration_cast<Millis>(at.at - it->begun));
    const bool was_nothing = it->promises() == 0 && lasted < worth;
    return was_nothing ? outage_rows::remove(connection, *open) : Result<void>();
  };
  co_return co_await writer_.write(write, Room::frees);
}

Task<Result<std::vector<Outage>>> SqliteReconciliations::outages() {
  auto read = [](Connection& connection) { return outage_rows::list(connection); };
  co_return co_await reader_.ask(read);
}

}  // namespace leafgate
