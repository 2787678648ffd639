#pragma once

#include <map>
#include <string>

#include "gateway/ports/outage_operator.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// Says what the test put into it. Members are open to tests.
class FakeOutageOperator : public OutageOperator {
 public:
  FailSwitch fail;
  Forecast forecast;
  std::map<std::string, Promise> promises;  // by key
  PromiseCounts all_counts;
  std::vector<Outage> all_outages;
  WhatIfQuestion question;              // the newest
  std::optional<PromiseState> cleared;  // of the newest
  std::vector<Actor> who;               // cleared, in order
  LinkState link;

  Task<LinkState> uplink() override { co_return link; }
  Task<Result<Forecast>> what_if(WhatIfQuestion asked) override {
    question = asked;
    if (auto error = fail.next()) co_return *error;
    Forecast out = forecast;
    out.span = asked.span;
    co_return out;
  }
  Task<Result<OutcomePage>> outcomes(PromiseFilter filter) override {
    if (auto error = fail.next()) co_return *error;
    OutcomePage page;
    page.counts = all_counts;
    page.outages = all_outages;
    for (auto at = promises.upper_bound(filter.after); at != promises.end(); ++at) {
      if (filter.state && at->second.state != *filter.state) continue;
      page.rows.push_back(at->second);
      if (page.rows.size() < filter.limit) continue;
      page.next = at->first;
      break;
    }
    co_return page;
  }
  Task<Result<std::optional<Promise>>> promise(RegistrationId id) override {
    const auto at = promises.find(id.key());
    if (at == promises.end()) co_return std::optional<Promise>();
    co_return std::optional<Promise>(at->second);
  }
  Task<Result<std::size_t>> clear_outcomes(std::optional<PromiseState> state, Actor actor) override {
    if (auto error = fail.next()) co_return *error;
    cleared = state;
    who.push_back(std::move(actor));
    co_return std::erase_if(promises, [&](const auto& entry) {
      return state ? entry.second.state == *state : entry.second.is_settled();
    });
  }

  Promise& put(const std::string& id, PromiseState made, PromiseState state, Reason reason) {
    Promise promise(RegistrationId::parse(id).value());
    promise.made = made;
    promise.state = state;
    promise.reason = reason;
    promise.made_at = WallTime(Millis(1'799'990'000'000));
    if (state != made) promise.settled_at = WallTime(Millis(1'799'999'000'000));
    ++all_counts.by_state.at(static_cast<std::size_t>(state));
    return promises.insert_or_assign(promise.id.key(), std::move(promise)).first->second;
  }
};

}  // namespace leafgate
