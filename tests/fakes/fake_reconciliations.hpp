#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/reconciliations.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// Promises and outages in memory; FakeRegistrations makes and settles promises in it. Members are open to the
// tests.
class FakeReconciliations : public Reconciliations {
 public:
  FailSwitch fail;
  std::map<std::string, Promise> promises;  // by key
  std::vector<Outage> all_outages;
  std::int64_t writes = 0;

  Task<Result<std::optional<Promise>>> find(std::string_view registration_key) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = promises.find(std::string(registration_key));
    if (at == promises.end()) co_return std::optional<Promise>();
    co_return std::optional<Promise>(at->second);
  }

  Task<Result<std::vector<Promise>>> list(PromiseFilter filter) override {
    if (auto error = fail.next()) co_return *error;
    std::vector<Promise> out;
    for (auto at = promises.upper_bound(filter.after); at != promises.end() && out.size() < filter.limit;
         ++at)
      if (!filter.state || at->second.state == *filter.state) out.push_back(at->second);
    co_return out;
  }

  Task<Result<PromiseCounts>> counts() override {
    if (auto error = fail.next()) co_return *error;
    PromiseCounts out;
    for (const auto& [key, promise] : promises) {
      ++out.by_state.at(static_cast<std::size_t>(promise.state));
      if (promise.is_settled() && has_to_hear(promise)) ++out.untold;
    }
    co_return out;
  }

  Task<Result<std::vector<std::string>>> concerned(std::string after, std::size_t limit) override {
    if (auto error = fail.next()) co_return *error;
    std::vector<std::string> out;
    for (auto at = promises.upper_bound(after); at != promises.end() && out.size() < limit; ++at)
      if (!at->second.is_settled() || has_to_hear(at->second)) out.push_back(at->first);
    co_return out;
  }

  Task<Result<bool>> remember(Promise promise) override {
    if (auto error = fail.next()) co_return *error;
    promise.made = PromiseState::needs_the_leaf;
    promise.state = promise.made;
    const auto open = std::count_if(promises.begin(), promises.end(), [](const auto& entry) {
      return !entry.second.is_settled() && entry.second.state == PromiseState::needs_the_leaf;
    });
    const auto held = promises.find(promise.id.key());
    const bool has_room = held != promises.end() && !held->second.is_settled() &&
                          held->second.state == PromiseState::needs_the_leaf;
    if (!has_room && static_cast<std::size_t>(open) >= most_that_need_the_leaf) co_return false;
    make_known(promise);
    make(std::move(promise));
    co_return true;
  }

  Task<Result<void>> object(std::string registration_key, Reason why) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = promises.find(registration_key);
    if (at != promises.end() && !at->second.is_settled()) {
      at->second.state = PromiseState::conflict;
      at->second.reason = why;
      ++writes;
    }
    co_return Result<void>();
  }

  Task<Result<void>> passed(std::string registration_key) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = promises.find(registration_key);
    const bool waits = at != promises.end() && !at->second.is_settled();
    if (waits && at->second.state == PromiseState::needs_the_leaf) at->second.reason = Reason::passed_through;
    co_return Result<void>();
  }

  Task<Result<void>> told(std::string registration_key) override {
    if (auto error = fail.next()) co_return *error;
    const auto at = promises.find(registration_key);
    if (at != promises.end() && at->second.is_settled()) at->second.told = true;
    co_return Result<void>();
  }

  Task<Result<void>> refuse(std::string registration_key, Reason why, WallTime at, bool told) override {
    if (auto error = fail.next()) co_return *error;
    const auto held = promises.find(registration_key);
    if (held == promises.end() || !waits_for_the_leaf(held->second)) co_return Result<void>();
    refuse_open(registration_key, why, at);
    promises.at(registration_key).told = told;
    co_return Result<void>();
  }

  Task<Result<std::size_t>> clear(std::optional<PromiseState> state) override {
    const bool waits = state && (*state == PromiseState::queued || *state == PromiseState::provisional);
    if (waits) co_return Error(Errc::refused, "these wait for the service");
    co_return std::erase_if(promises, [&](const auto& entry) {
      const Promise& promise = entry.second;
      const bool is_over = promise.is_settled() || (state && *state == PromiseState::needs_the_leaf);
      return is_over && (!state || promise.state == *state);
    });
  }

  Task<Result<std::int64_t>> begin_outage(OutageMoment at, Reason why) override {
    if (auto error = fail.next()) co_return *error;
    if (open_outage() == nullptr) {
      Outage outage;
      outage.id = all_outages.empty() ? 1 : all_outages.back().id + 1;
      outage.begun = at.at;
      outage.untimed = !at.timed;
      begun_powered_ = at.powered;
      outage.reason = why;
      all_outages.push_back(outage);
    }
    Outage& now = all_outages.back();
    for (Promise& promise : waiting_in_outbox()) {
      const auto held = promises.find(promise.id.key());
      promise.made_at = at.at;
      const bool open =
          held != promises.end() && !held->second.is_settled() && !is_of_former_outage(held->second, now.id);
      if (!open) promises.insert_or_assign(promise.id.key(), promise);
    }
    for (auto& [key, promise] : promises) {
      if (promise.is_settled() || promise.outage != 0) continue;
      promise.outage = now.id;
      ++now.made.at(static_cast<std::size_t>(promise.made));
    }
    if (all_outages.size() > outages_kept) all_outages.erase(all_outages.begin());
    co_return all_outages.back().id;
  }

  Task<Result<void>> end_outage(OutageMoment at, Millis worth) override {
    if (auto error = fail.next()) co_return *error;
    Outage* open = open_outage();
    if (open == nullptr) co_return Result<void>();
    const Millis powered_for = std::max(Millis(0), at.powered - begun_powered_);
    if (open->promises() == 0 && powered_for < worth) {
      all_outages.pop_back();
      co_return Result<void>();
    }
    if (at.timed && open->untimed) open->begun = at.at - powered_for;
    open->ended = std::max(open->begun, at.timed ? at.at : open->begun + powered_for);
    open->untimed = open->untimed || !at.timed;
    open->powered_for = powered_for;
    co_return Result<void>();
  }

  Task<Result<std::vector<Outage>>> outages() override { co_return all_outages; }

  // For FakeRegistrations.
  std::function<std::vector<Promise>()> waiting_in_outbox = [] { return std::vector<Promise>(); };
  std::function<void(const Promise&)> make_known = [](const Promise&) {};
  void make(Promise promise) {
    const auto held = promises.find(promise.id.key());
    Outage* outage = open_outage();
    const std::int64_t now = outage == nullptr ? 0 : outage->id;
    const bool waits = held != promises.end() && !held->second.is_settled();
    const bool open = waits && !is_of_former_outage(held->second, now);
    if (open) {
      const bool now_told =
          promise.made == PromiseState::provisional && held->second.made == PromiseState::queued;
      if (!now_told) return;
      promise.made_at = held->second.made_at;
      promise.outage = held->second.outage;
      if (Outage* of = outage_of(promise)) --of->made.at(static_cast<std::size_t>(PromiseState::queued));
    } else {
      promise.outage = now;
      if (waits && held->second.outage == now && outage != nullptr)
        --outage->made.at(static_cast<std::size_t>(held->second.made));
    }
    if (Outage* of = outage_of(promise)) ++of->made.at(static_cast<std::size_t>(promise.made));
    promises.insert_or_assign(promise.id.key(), std::move(promise));
    ++writes;
  }
  void take_back(const std::string& key) {
    const auto held = promises.find(key);
    if (held == promises.end()) return;
    Outage* of = held->second.is_settled() ? nullptr : outage_of(held->second);
    if (of != nullptr) --of->made.at(static_cast<std::size_t>(held->second.made));
    promises.erase(held);
  }
  void refuse_open(const std::string& key, Reason why, WallTime at) {
    const auto held = promises.find(key);
    if (held != promises.end() && !held->second.is_settled()) settle(refused_here(held->second, why, at));
  }
  void settle(Promise promise) {
    if (Outage* of = outage_of(promise)) ++of->came_to.at(static_cast<std::size_t>(promise.state));
    promises.insert_or_assign(promise.id.key(), std::move(promise));
  }

 private:
  PoweredTime begun_powered_{};  // of the newest outage
  static bool has_to_hear(const Promise& promise) {
    return !promise.told && promise.state != PromiseState::confirmed;
  }
  Outage* open_outage() {
    return all_outages.empty() || all_outages.back().ended ? nullptr : &all_outages.back();
  }
  Outage* outage_of(const Promise& promise) {
    for (Outage& outage : all_outages)
      if (outage.id == promise.outage) return &outage;
    return nullptr;
  }
};

}  // namespace leafgate
