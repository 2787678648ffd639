// What `what-if offline` promises, against what then happens: leaf by leaf, day by day, in virtual time.
#include <gtest/gtest.h>

#include "gateway/flows/outage_desk.hpp"
#include "tests/unit/outage/forecast_tpms.hpp"

namespace leafgate::forecast_run_test {
namespace {

constexpr int last_day = ForecastWorld::last_day;

struct Case {
  const char* name;
  BeyondPolicy beyond;
  UnknownPolicy unknown;
  ClockQuality clock;
};

class ForecastAgainstRun : public ::testing::TestWithParam<Case> {};

TEST_P(ForecastAgainstRun, NobodyIsAnsweredWhomItDeniedAndNobodyRefusedWhomItPromised) {
  ForecastWorld world(7 + static_cast<unsigned>(GetParam().beyond));
  Policy policy = world.site.policy;
  policy.beyond = GetParam().beyond;
  policy.unknown = GetParam().unknown;
  ForecastTpms tpms;
  world.start(policy, std::ref(tpms));
  ASSERT_FALSE(world.site.running->forwarder.state().up);
  world.site.clock.quality = GetParam().clock;
  const TimePoint began = world.site.simulator.now();
  world.look_ahead(0, last_day, &ForetoldLeaf::at_first);
  world.look_ahead(0, 0, &ForetoldLeaf::lately);

  // The sum that engineers see is the same thing counted.
  OutageDesk desk(
      world.site.simulator.executor(),
      OutageDesk::Ports{world.site.enrollments, world.site.registrations, world.site.running->ledger,
                        world.site.desk().census(), world.site.registrations.outcomes,
                        Audited(world.site.audit_log, world.site.clock, world.site.events)});
  WhatIfQuestion question;
  question.span = days(last_day);
  const Forecast forecast = world.at_once(desk.what_if(question)).value();
  const auto promised_on = [&](std::size_t day) {
    return static_cast<std::size_t>(
        std::count_if(world.all.begin(), world.all.end(),
                      [&](const ForetoldLeaf& leaf) { return leaf.at_first.answered[day]; }));
  };
  EXPECT_EQ(forecast.all, static_cast<std::size_t>(ForecastWorld::number_of_leaves));
  EXPECT_EQ(forecast.answered, promised_on(last_day));
  for (const Forecast::Step& step : forecast.timeline)
    EXPECT_EQ(step.answered, promised_on(static_cast<std::size_t>(step.after / days(1))));
  EXPECT_EQ(forecast.end_unknown, static_cast<std::size_t>(std::count_if(
                                      world.all.begin(), world.all.end(), [](const ForetoldLeaf& leaf) {
                                        return leaf.at_first.only_if_known &&
                                               leaf.at_first.answered[last_day];
                                      })));

  std::size_t answered = 0;
  std::size_t not_answered = 0;
  std::size_t answered_by_tpm = 0;
  std::size_t not_answered_by_tpm = 0;
  std::size_t changed_by_tpm = 0;    // who had to come otherwise, and were not answered
  std::size_t ended_unseen = 0;      // of whom nothing was promised, and who were refused
  std::size_t saved_by_renewal = 0;  // whom the first forecast denied, and a later one did not
  std::size_t without_its_ca = 0;    // who were foretold so
  std::size_t seen_at_last = 0;      // who might have been without, and were not
  const auto expect = [&world](bool was, const Promised& promised, std::size_t day) {
    if (was == promised.answered[day]) return true;
    return was ? promised.unless_seen
               : promised.only_if_known && world.heard() == Reason::leaf_certificate_expired;
  };
  for (std::size_t day = 0; day <= last_day; day += 3) {
    world.site.simulator.run_for(began + days(day) - world.site.simulator.now());
    for (ForetoldLeaf& leaf : world.all) {
      if (static_cast<std::size_t>(leaf.comes_from) > day) continue;
      const bool changes = leaf.next && static_cast<std::size_t>(leaf.changes_on) <= day;
      const bool is_first = changes && !std::exchange(leaf.has_changed, true);
      const bool was = world.comes(leaf, changes ? *leaf.next : leaf.shows);
      ++(was ? answered : not_answered);
      if (leaf.shows.tpm) ++(was ? answered_by_tpm : changes ? changed_by_tpm : not_answered_by_tpm);
      if (is_first) continue;  // it does not come as it came last
      if (!changes) {
        EXPECT_TRUE(expect(was, leaf.at_first, day))
            << leaf.id << " on day " << day << ": " << world.said(leaf);
      }
      EXPECT_TRUE(expect(was, leaf.lately, day))
          << leaf.id << " on day " << day << ", as foretold lately: " << world.said(leaf);
      if (!was && leaf.lately.answered[day]) ++ended_unseen;
      if (was && !leaf.at_first.answered[day])
        ++(leaf.at_first.unless_seen ? seen_at_last : saved_by_renewal);
      if (!leaf.has_no_ca_here) continue;
      EXPECT_FALSE(was) << leaf.id;
      ++without_its_ca;
    }
    world.look_ahead(day, day + 3, &ForetoldLeaf::lately);
  }
  EXPECT_GT(answered, 400U);
  EXPECT_GT(not_answered, 400U);
  EXPECT_GT(answered_by_tpm, 80U);
  EXPECT_GT(not_answered_by_tpm, 80U);
  EXPECT_GT(changed_by_tpm, 20U);
  EXPECT_GT(without_its_ca, 80U);
  EXPECT_GT(seen_at_last, 20U);
  const bool judges_dates = GetParam().clock != ClockQuality::unsynced;
  EXPECT_EQ(saved_by_renewal > 3, judges_dates) << saved_by_renewal;
  EXPECT_EQ(ended_unseen > 0, judges_dates) << ended_unseen;
}

INSTANTIATE_TEST_SUITE_P(
    Policies, ForecastAgainstRun,
    ::testing::Values(Case{"queue", BeyondPolicy::queue, UnknownPolicy::refuse, ClockQuality::synced},
                      Case{"serve", BeyondPolicy::serve, UnknownPolicy::relay, ClockQuality::synced},
                      Case{"noClock", BeyondPolicy::queue, UnknownPolicy::relay, ClockQuality::unsynced}),
    [](const auto& tested) { return tested.param.name; });

// Sealed keys cannot be opened from the start on, and then they can.
TEST(ForecastWhileLocked, IsWhatEachLeafThenHearsAndWhy) {
  ForecastWorld world(11);
  ForecastTpms tpms;
  world.start(world.site.policy, std::ref(tpms));
  world.look_ahead(0, 0, &ForetoldLeaf::at_first);
  struct Count {
    std::size_t by_key = 0;
    std::size_t by_tpm = 0;
    std::size_t by_certificate = 0;
  };
  Count answered_locked;
  Count answered_unlocked;
  Count pending;
  std::map<std::string, std::pair<Reason, Reason>> while_locked;  // by leaf: foretold, and heard
  const auto of = [](Count& count, const ForetoldLeaf& leaf) -> std::size_t& {
    return leaf.shows.tpm ? count.by_tpm : leaf.shows.chain ? count.by_certificate : count.by_key;
  };
  const auto all_come = [&](bool locked) {
    world.site.simulator.run_for(days(1));
    if (locked)
      world.site.trust.lock();
    else
      world.site.trust.unlock();
    for (const ForetoldLeaf& leaf : world.all) {
      const Decision foretold = world.foretold(leaf);
      const bool unless_seen = world.is_unless_seen(leaf, foretold);
      const bool only_if_known = leaf.at_first.only_if_known;
      const bool was = world.comes(leaf, leaf.shows);
      const bool has_ended = !was && only_if_known && world.heard() == Reason::leaf_certificate_expired;
      EXPECT_TRUE(was == is_answered(foretold) || (was && unless_seen) || has_ended)
          << leaf.id << (locked ? ", locked: " : ": ") << code(foretold.reason) << ", "
          << code(world.heard());
      if (was) ++of(locked ? answered_locked : answered_unlocked, leaf);
      const bool waits = foretold.reason == Reason::trust_pending;
      EXPECT_EQ(world.heard() == Reason::trust_pending, waits) << leaf.id << ", " << code(world.heard());
      if (waits) ++of(pending, leaf);
      if (locked) while_locked[leaf.id] = {foretold.reason, world.heard()};
      if (locked || !was || !leaf.shows.tpm) continue;
      // Nothing but its key for the hub was out of reach.
      EXPECT_EQ(code(while_locked[leaf.id].first), code(Reason::needs_service)) << leaf.id;
      EXPECT_EQ(code(while_locked[leaf.id].second), code(Reason::needs_service)) << leaf.id;
    }
  };
  all_come(true);
  EXPECT_EQ(answered_locked.by_key + answered_locked.by_tpm, 0U);
  EXPECT_GT(answered_locked.by_certificate, 20U);
  EXPECT_GT(pending.by_key, 60U);
  EXPECT_EQ(pending.by_tpm + pending.by_certificate, 0U);
  const std::size_t pending_locked = pending.by_key;
  all_come(false);
  EXPECT_GT(answered_unlocked.by_key, 30U);
  EXPECT_GT(answered_unlocked.by_tpm, 10U);
  EXPECT_EQ(pending.by_key, pending_locked);
}

}  // namespace
}  // namespace leafgate::forecast_run_test
