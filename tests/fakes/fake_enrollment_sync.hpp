#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/model/listed_enrollment.hpp"
#include "gateway/ports/enrollment_sync.hpp"
#include "gateway/runtime/sleep.hpp"
#include "tests/fakes/fake_enrollments.hpp"
#include "tests/fakes/fake_registrations.hpp"

namespace leafgate {

// A sync beside the enrollments of a fake, in memory. Members are open to tests.
class FakeEnrollmentSync : public EnrollmentSync {
 public:
  FailSwitch fail;
  SyncStanding state;
  std::uint64_t nameless = 0;
  std::int64_t writes = 0;
  Millis takes{0};  // a page
  using Name = std::pair<EnrollmentKind, std::string>;
  std::map<Name, Enrollment> staged;
  std::set<Name> seen;

  FakeEnrollmentSync(FakeEnrollments& enrollments, FakeRegistrations& registrations)
      : enrollments_(enrollments), registrations_(registrations) {
    state.place.kind = EnrollmentKind::group;
  }

  Task<Result<SyncStanding>> standing() override {
    if (auto error = fail.next()) co_return *error;
    co_return state;
  }

  Task<Result<void>> begin(std::string scope) override {
    if (auto error = fail.next()) co_return *error;
    clear();
    state.open = true;
    state.scope = std::move(scope);
    ++writes;
    co_return Result<void>();
  }

  Task<Result<void>> stage(SyncPage page) override {
    if (takes != Millis(0)) co_await sleep_for(takes);
    if (auto error = fail.next()) co_return *error;
    if (!state.open) co_return Error(Errc::conflict, "no sync was begun");
    state.counts.read += page.listed.size() + page.kept_out.size() + page.nameless + page.passed_over;
    state.counts.kept_out += page.kept_out.size() + page.nameless + page.odd;
    nameless += page.nameless;
    for (const std::string& id : page.kept_out) seen.emplace(page.kind, id);
    for (Enrollment& listed : page.listed) {
      const Name name{listed.kind, listed.id};
      seen.insert(name);
      if (!differs(listed, find(name))) {
        if (is_status_alone(listed)) state.counts.changed -= staged.erase(name);
        continue;
      }
      const bool counts = !is_end(listed, find(name));
      if (staged.insert_or_assign(name, std::move(listed)).second && counts) ++state.counts.changed;
      ++writes;
    }
    state.place = page.next;
    co_return Result<void>();
  }

  Task<Result<std::uint64_t>> missing() override {
    if (auto error = fail.next()) co_return *error;
    if (!state.open || !state.place.ended) co_return Error(Errc::conflict, "nothing was read");
    std::uint64_t out = count_ends();
    for (const auto* rows : {&enrollments_.individuals, &enrollments_.group_rows})
      for (const auto& row : *rows)
        if (is_missing(row)) ++out;
    co_return out;
  }

  Task<Result<void>> read_again() override {
    if (auto error = fail.next()) co_return *error;
    if (!state.open || !state.place.ended) co_return Error(Errc::conflict, "nothing was read");
    state.place = SyncPlace();
    state.counts.read = 0;
    state.counts.kept_out = 0;
    co_return Result<void>();
  }

  Task<Result<SyncCounts>> finish(WallTime at) override {
    if (auto error = fail.next()) co_return *error;
    if (!state.open || !state.place.ended) co_return Error(Errc::conflict, "nothing to switch to");
    SyncCounts counts = state.counts;
    for (auto* rows : {&enrollments_.individuals, &enrollments_.group_rows})
      counts.removed += std::erase_if(*rows, [this](const auto& row) { return is_missing(row); });
    for (auto& [name, listed] : staged) {
      const bool ends = is_end(listed, find(name));
      if (ends) counts.removed += rows_of(name).erase(name.second);
      if (!ends && differs(listed, find(name))) enrollments_.put(adopted(listed, find(name)));
    }
    clear();
    state.completed = at;
    state.last = counts;
    ++writes;
    co_return counts;
  }

  Task<Result<std::vector<Keyless>>> keyless(KeylessPlace from, std::size_t limit) override {
    if (auto error = fail.next()) co_return *error;
    std::vector<Keyless> out;
    const bool groups = from.of == KeylessPlace::Of::groups;
    const auto& rows = groups ? enrollments_.group_rows : enrollments_.individuals;
    for (auto at = rows.upper_bound(from.after); at != rows.end() && out.size() < limit; ++at) {
      const bool was_here = registrations_.records.contains(at->first);
      if (!groups && was_here != (from.of == KeylessPlace::Of::seen)) continue;
      const Enrollment& e = at->second;
      if (is_keyless(e)) out.push_back({e.kind, e.id, e.etag, e.primary_key, e.secondary_key});
    }
    co_return out;
  }

  Task<Result<std::size_t>> keyless_count() override {
    if (auto error = fail.next()) co_return *error;
    const auto keyless = [](const auto& row) { return is_keyless(row.second); };
    co_return static_cast<std::size_t>(
        std::count_if(enrollments_.individuals.begin(), enrollments_.individuals.end(), keyless) +
        std::count_if(enrollments_.group_rows.begin(), enrollments_.group_rows.end(), keyless));
  }

  Task<Result<std::size_t>> put_keys(std::vector<FetchedKeys> keys) override {
    if (auto error = fail.next()) co_return *error;
    if (state.open) co_return Error(Errc::conflict, "a sync is open");
    std::size_t stored = 0;
    for (FetchedKeys& one : keys) {
      Enrollment* held = find({one.kind, one.id});
      const bool still = held != nullptr && held->etag == one.etag &&
                         held->origin == EnrollmentOrigin::service &&
                         held->mechanism == Mechanism::symmetric_key;
      if (!still) continue;
      held->primary_key = std::move(one.primary);
      held->secondary_key = std::move(one.secondary);
      held->keys_etag = one.etag;
      ++stored;
    }
    ++writes;
    co_return stored;
  }

 private:
  static bool is_end(const Enrollment& listed, const Enrollment* held) {
    return is_status_alone(listed) && effect_of(listed, held) == StatusEffect::ends;
  }
  static bool differs(const Enrollment& listed, const Enrollment* held) {
    if (is_status_alone(listed)) return effect_of(listed, held) != StatusEffect::none;
    return held == nullptr || !is_as_listed(*held, listed);
  }
  std::uint64_t count_ends() {
    const auto ends = [this](const auto& one) { return is_end(one.second, find(one.first)); };
    return static_cast<std::uint64_t>(std::count_if(staged.begin(), staged.end(), ends));
  }
  [[nodiscard]] bool is_missing(const std::pair<const std::string, Enrollment>& row) const {
    const Name name{row.second.kind, row.first};
    return nameless == 0 && row.second.origin == EnrollmentOrigin::service && !seen.contains(name);
  }
  static bool is_keyless(const Enrollment& e) {
    return e.origin == EnrollmentOrigin::service && e.mechanism == Mechanism::symmetric_key &&
           e.keys_etag != e.etag;
  }
  std::map<std::string, Enrollment>& rows_of(const Name& name) {
    return name.first == EnrollmentKind::individual ? enrollments_.individuals : enrollments_.group_rows;
  }
  Enrollment* find(const Name& name) {
    auto& rows = rows_of(name);
    const auto at = rows.find(name.second);
    return at == rows.end() ? nullptr : &at->second;
  }
  void clear() {
    staged.clear();
    seen.clear();
    nameless = 0;
    state.open = false;
    state.scope.clear();
    state.place = SyncPlace();
    state.counts = SyncCounts();
  }

  FakeEnrollments& enrollments_;
  FakeRegistrations& registrations_;
};

}  // namespace leafgate
