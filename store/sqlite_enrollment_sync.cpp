#include "store/sqlite_enrollment_sync.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/runtime/log.hpp"
#include "store/enrollment_rows.hpp"
#include "store/sync_merge.hpp"
#include "store/sync_switch.hpp"

namespace leafgate {
namespace {

// Above what imports can take while a sync is open.
constexpr std::int64_t far_above = std::int64_t{1} << 32;
constexpr std::size_t rows_of_a_read = 20;
constexpr std::size_t pages_unwritten = 32;
constexpr int most_looks = 10;

Error nothing_begun() { return {Errc::conflict, "no sync was begun"}; }

// What it saw is of no use any more. What stays is found by the next one.
class TidySeen : public Steps {
 public:
  [[nodiscard]] Room room() const override { return Room::frees; }
  Result<bool> step(Connection& connection) override {
    const auto more = sync_rows::drop_seen(connection);
    if (!more) return more.error();
    return !*more;
  }
  void answer(std::optional<Error> failure) override {
    if (failure && failure->code != Errc::stopped)
      log::warning("what an earlier sync noted stays until the next one", {{"error", failure->detail}});
  }
};

}  // namespace

Task<Result<void>> SqliteEnrollmentSync::know_state() {
  if (state_) co_return Result<void>();
  auto read = [](Connection& connection) { return sync_rows::load(connection); };
  auto loaded = co_await reader_.ask(read);
  if (!loaded) co_return loaded.error();
  state_ = std::move(*loaded);
  co_return Result<void>();
}

Task<Result<SyncStanding>> SqliteEnrollmentSync::standing() {
  auto known = co_await know_state();
  if (!known) co_return known.error();
  co_return state_->standing;
}

Task<Result<void>> SqliteEnrollmentSync::begin(std::string scope) {
  auto known = co_await know_state();
  if (!known) co_return known.error();
  sync_rows::State next = *state_;
  // Long work, so that no sweep is half done beside it: that would go on behind rows which are let go of only
  // now, and say that all is swept.
  auto write = [&](Connection& connection) -> Result<bool> {
    const auto counts = enrollment_rows::generation(connection);
    if (!counts) return counts.error();
    next.generation = std::max(*counts, next.highest) + far_above;
    next.highest = next.generation;
    next.nameless = 0;
    next.standing.open = true;
    next.standing.scope = scope;
    next.standing.place = SyncPlace();
    next.standing.counts = SyncCounts();
    if (auto done = enrollment_rows::set_sweep_wanted(connection, true); !done) return done.error();
    if (auto done = sync_rows::begin(connection, next); !done) return done.error();
    return true;
  };
  auto begun = co_await writer_.write_in_steps(write);
  if (!begun) co_return begun;
  state_ = std::move(next);
  unwritten_.clear();
  writer_.add_steps(std::make_unique<TidySeen>());
  co_return begun;
}

// The rows of what is unchanged are only read, and not by the thread that commits.
Task<Result<std::vector<Enrollment>>> SqliteEnrollmentSync::those_that_differ(
    std::vector<Enrollment> listed) {
  const std::int64_t generation = state_->generation;
  std::vector<Enrollment> out;
  for (std::size_t from = 0; from < listed.size(); from += rows_of_a_read) {
    const std::size_t to = std::min(listed.size(), from + rows_of_a_read);
    auto read = [&](Connection& connection) -> Result<void> {
      for (std::size_t i = from; i < to; ++i) {
        const auto differs = sync_merge::differs(connection, listed[i], generation);
        if (!differs) return differs.error();
        if (*differs) out.push_back(std::move(listed[i]));
      }
      return {};
    };
    auto done = co_await upkeep_.ask(read);
    if (!done) co_return done.error();
  }
  co_return out;
}

Task<Result<void>> SqliteEnrollmentSync::stage_all(const std::vector<Enrollment>& listed) {
  const std::int64_t generation = state_->generation;
  std::size_t next = 0;
  auto write = [&](Connection& connection) -> Result<bool> {
    std::int64_t of_these = 0;
    for (const std::size_t end = std::min(listed.size(), next + rows_of_a_step); next < end; ++next) {
      const auto one = sync_merge::stage(connection, listed[next], generation);
      if (!one) return one.error();
      of_these += *one;
    }
    if (auto counted = sync_rows::count_changed(connection, of_these); !counted) return counted.error();
    return next == listed.size();
  };
  co_return co_await writer_.write_in_steps(write);
}

Task<Result<void>> SqliteEnrollmentSync::stage(SyncPage page) {
  auto known = co_await know_state();
  if (!known) co_return known;
  if (state_->generation == 0) co_return nothing_begun();
  sync_rows::Seen seen;
  seen.kind = page.kind;
  seen.ids = page.kept_out;
  for (const Enrollment& enrollment : page.listed) seen.ids.push_back(enrollment.id);
  const std::uint64_t read = page.listed.size() + page.kept_out.size() + page.nameless + page.passed_over;
  auto differing = co_await those_that_differ(std::move(page.listed));
  if (!differing) co_return differing.error();
  if (!differing->empty()) {
    auto staged = co_await stage_all(*differing);
    if (!staged) co_return staged;
  }
  const sync_rows::State before = *state_;
  const bool any_seen = !seen.ids.empty();
  state_->standing.place = page.next;
  state_->standing.counts.read += read;
  state_->standing.counts.kept_out += page.kept_out.size() + page.nameless + page.odd;
  state_->nameless += page.nameless;
  if (any_seen) unwritten_.push_back(std::move(seen));
  const bool wait = differing->empty() && unwritten_.size() < pages_unwritten && !page.next.ended;
  if (wait) co_return Result<void>();
  auto written = co_await write_place();
  if (written) co_return written;
  if (any_seen) unwritten_.pop_back();  // the page will be given again
  state_ = before;
  co_return written;
}

Task<Result<void>> SqliteEnrollmentSync::write_place() {
  std::uint64_t changed = 0;
  auto write = [&](Connection& connection) -> Result<void> {
    for (const sync_rows::Seen& seen : unwritten_)
      if (auto done = sync_rows::add_seen(connection, state_->generation, seen); !done) return done;
    const auto counted = sync_rows::changed(connection);
    if (!counted) return counted.error();
    changed = *counted;
    return sync_rows::save_place(connection, *state_);
  };
  auto written = co_await writer_.write(write);
  if (!written) co_return written;
  state_->standing.counts.changed = changed;
  unwritten_.clear();
  co_return written;
}

Task<Result<void>> SqliteEnrollmentSync::do_again(const std::vector<sync_rows::Pair>& to_do) {
  const std::int64_t generation = state_->generation;
  std::size_t next = 0;
  std::int64_t more = 0;
  auto write = [&](Connection& connection) -> Result<bool> {
    std::int64_t of_these = 0;
    for (const std::size_t end = std::min(to_do.size(), next + rows_of_a_step); next < end; ++next) {
      const auto one = sync_merge::stage_again(connection, to_do[next], generation);
      if (!one) return one.error();
      of_these += *one;
    }
    more += of_these;
    if (auto counted = sync_rows::count_changed(connection, of_these); !counted) return counted.error();
    return next == to_do.size();
  };
  auto done = co_await writer_.write_in_steps(write);
  // Where it failed the next look says how many there are.
  if (done) state_->standing.counts.changed += static_cast<std::uint64_t>(more);
  co_return done;
}

Task<Result<bool>> SqliteEnrollmentSync::switch_to(const Look& look, WallTime at) {
  SyncSwitch::Wish wish;
  wish.looked_at = look.looked_at;
  wish.generation = state_->generation;
  wish.at = at;
  wish.counts = state_->standing.counts;
  wish.counts.removed = look.removed;
  auto start = [&](Reply<Result<bool>> reply) {
    writer_.add_steps(std::make_unique<SyncSwitch>(wish, std::move(reply)));
  };
  auto switched = co_await wait_for_reply<Result<bool>>(start);
  // Where nothing was, nothing is counted anew; an error does not say whether it was done.
  const bool any = wish.counts.changed + wish.counts.removed > 0;
  const bool changed = switched ? *switched && any : true;
  if (changed) enrollments_.changed();
  co_return switched;
}

// The same, of one that was read to its end.
Task<Result<void>> SqliteEnrollmentSync::know_read_list() {
  auto known = co_await know_state();
  if (!known) co_return known.error();
  if (state_->generation == 0) co_return nothing_begun();
  if (!state_->standing.place.ended) co_return Error(Errc::conflict, "the list was not read to its end");
  co_return Result<void>();
}

Task<Result<std::uint64_t>> SqliteEnrollmentSync::missing() {
  auto known = co_await know_read_list();
  if (!known) co_return known.error();
  auto found = co_await look();
  if (!found) co_return found.error();
  co_return found->removed;
}

Task<Result<void>> SqliteEnrollmentSync::read_again() {
  auto known = co_await know_read_list();
  if (!known) co_return known.error();
  sync_rows::State next = *state_;
  next.standing.place = SyncPlace();
  next.standing.counts.read = 0;
  next.standing.counts.kept_out = 0;
  bool placed = false;
  auto write = [&](Connection& connection) -> Result<bool> {
    // The place first: where it is cut off behind some of these, the list says again what is gone.
    if (!placed)
      if (auto done = sync_rows::save_place(connection, next); !done) return done.error();
    placed = true;
    // Of a switch that came to nothing: the list may have them after all.
    const auto more = sync_rows::unstage_gone(connection, next.generation, rows_of_a_step);
    if (!more) return more.error();
    return !*more;
  };
  auto written = co_await writer_.write_in_steps(write);
  if (written) state_ = std::move(next);
  co_return written;
}

Task<Result<SyncCounts>> SqliteEnrollmentSync::finish(WallTime at) {
  auto known = co_await know_read_list();
  if (!known) co_return known.error();
  for (int looks = 0; looks < most_looks; ++looks) {
    auto found = co_await look();
    if (!found) co_return found.error();
    if (found->staged != state_->standing.counts.changed)
      co_return Error(Errc::implausible, "what was staged is not whole any more");
    if (!found->to_do.empty()) {
      auto done = co_await do_again(found->to_do);
      if (!done) co_return done.error();
    }
    auto switched = co_await switch_to(*found, at);
    if (!switched) {
      state_.reset();  // it may have been done: see what the store says
      co_return switched.error();
    }
    if (!*switched) continue;
    SyncCounts counts = state_->standing.counts;
    counts.removed = found->removed;
    state_.reset();
    writer_.add_steps(std::make_unique<Sweep>());
    writer_.add_steps(std::make_unique<TidySeen>());
    co_return counts;
  }
  co_return Error(Errc::conflict, "enrollments change all the time: the switch is tried again later");
}

}  // namespace leafgate
