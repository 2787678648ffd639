// The decision of semantics §3 as a table: every row, and the order between rows.
#include "gateway/flows/decide.hpp"

#include <gtest/gtest.h>

namespace leafgate::decide_test {
namespace {

using enum Action;
using E = Enrolled;
using K = Known;
using C = Change;
using P = Proof;
using R = Reason;

struct Row {
  const char* name;
  E enrolled;
  P proof;
  K known;
  C change;
  bool up;
  Action action;
  R reason;
};

Situation situation(const Row& row) {
  Situation s;
  s.enrolled = row.enrolled;
  s.verdict.proof = row.proof;
  if (row.proof == P::proven_false) s.verdict.reason = R::wrong_key;
  s.known = row.known;
  s.change = row.change;
  s.service_up = row.up;
  return s;
}

Policy policy() { return Policy(IdScope::parse("0ne00ABCDEF").value()); }

const Row rows[] = {
    // row 2: a false proof is refused whatever else holds, and never tells whether the enrollment is disabled
    {"wrong key, enabled", E::enabled, P::proven_false, K::fresh, C::unchanged, true, refuse, R::wrong_key},
    {"wrong key, disabled", E::disabled, P::proven_false, K::nothing, C::unchanged, true, refuse,
     R::wrong_key},
    {"wrong key, service away", E::enabled, P::proven_false, K::fresh, C::unchanged, false, refuse,
     R::wrong_key},
    // row 3
    {"disabled, proven", E::disabled, P::good, K::fresh, C::unchanged, true, end_disabled,
     R::enrollment_disabled},
    {"disabled, not checkable", E::disabled, P::not_checkable, K::nothing, C::unchanged, false, end_disabled,
     R::enrollment_disabled},
    {"disabled, keys locked", E::disabled, P::pending, K::nothing, C::unchanged, true, end_disabled,
     R::enrollment_disabled},
    // row 3a
    {"keys locked", E::enabled, P::pending, K::fresh, C::unchanged, true, wait_unwritten, R::trust_pending},
    {"keys locked, service away", E::enabled, P::pending, K::nothing, C::unchanged, false, wait_unwritten,
     R::trust_pending},
    // row 4
    {"fresh, service up", E::enabled, P::good, K::fresh, C::unchanged, true, answer, R::answered_from_cache},
    {"fresh, service away", E::enabled, P::good, K::fresh, C::unchanged, false, answer,
     R::answered_from_cache},
    // row 5
    {"stale, service up", E::enabled, P::good, K::stale, C::unchanged, true, answer_and_refresh,
     R::answered_stale_refresh_behind},
    {"beyond trust, service up", E::enabled, P::good, K::beyond_trust, C::unchanged, true, answer_and_refresh,
     R::answered_stale_refresh_behind},
    // row 6
    {"stale, service away", E::enabled, P::good, K::stale, C::unchanged, false, answer_and_refresh,
     R::answered_stale_service_down},
    // row 7
    {"changed, service up", E::enabled, P::good, K::fresh, C::changed, true, forward, R::forwarded_changed},
    {"changed and stale, service up", E::enabled, P::good, K::stale, C::changed, true, forward,
     R::forwarded_changed},
    {"renewed, service up", E::enabled, P::good, K::fresh, C::renewed, true, forward, R::credential_renewed},
    // row 8
    {"new, service away", E::enabled, P::good, K::nothing, C::unchanged, false, queue, R::queued_offline},
    {"changed, service away", E::enabled, P::good, K::fresh, C::changed, false, queue, R::queued_offline},
    {"renewed, service away", E::enabled, P::good, K::stale, C::renewed, false, queue, R::queued_offline},
    {"beyond trust, service away", E::enabled, P::good, K::beyond_trust, C::unchanged, false, queue,
     R::beyond_trust_queued},
    // row 9
    {"new, service up", E::enabled, P::good, K::nothing, C::unchanged, true, forward, R::forwarded_new},
    // rows 10 and 11, by the policy of this table: refuse
    {"unknown, service up", E::nothing, P::not_checkable, K::nothing, C::unchanged, true, refuse,
     R::unknown_enrollment},
    {"unknown, service away", E::nothing, P::not_checkable, K::nothing, C::unchanged, false, refuse,
     R::unknown_enrollment},
    {"held without key", E::without_key, P::not_checkable, K::nothing, C::unchanged, true, refuse,
     R::enrollment_without_key},
    {"enabled but not checkable", E::enabled, P::not_checkable, K::fresh, C::unchanged, true, refuse,
     R::unknown_enrollment},
};

TEST(Decide, WhatTheEvidenceSaysIsToldBeforeThatNothingFits) {
  Situation s;
  s.enrolled = Enrolled::enabled;
  s.verdict.proof = Proof::not_checkable;
  for (const Reason reason :
       {Reason::wrong_key, Reason::mechanism_mismatch, Reason::enrollment_without_key}) {
    s.verdict.reason = reason;
    EXPECT_EQ(decide(s, policy()).action, Action::refuse);
    EXPECT_EQ(code(decide(s, policy()).reason), code(reason));
  }
}

TEST(Decide, FollowsTheTable) {
  for (const Row& row : rows) {
    const Decision decision = decide(situation(row), policy());
    EXPECT_EQ(decision.action, row.action) << row.name;
    EXPECT_EQ(code(decision.reason), code(row.reason)) << row.name;
    EXPECT_FALSE(decision.provisional) << row.name;
  }
}

TEST(Decide, PutsTheDenyListBeforeEverything) {
  for (const Row& row : rows) {
    Situation s = situation(row);
    s.denied = true;
    const Decision decision = decide(s, policy());
    EXPECT_EQ(decision.action, refuse) << row.name;
    EXPECT_EQ(decision.reason, R::denied) << row.name;
  }
}

TEST(Decide, TreatsAProofByAnUntrustedClockAsGoodButMarked) {
  for (const Row& row : rows) {
    if (row.proof != P::good || row.enrolled != E::enabled) continue;
    Situation s = situation(row);
    s.verdict.proof = P::good_by_untrusted_clock;
    Decision expected = decide(situation(row), policy());
    expected.provisional = true;
    EXPECT_EQ(decide(s, policy()), expected) << row.name;
  }
}

TEST(Decide, RefusesAProofByAnUntrustedClockWhereThePolicySaysSo) {
  Policy strict = policy();
  strict.untrusted_clock = UntrustedClockPolicy::refuse;
  Situation s;
  s.enrolled = E::enabled;
  s.verdict.proof = P::good_by_untrusted_clock;
  s.known = K::fresh;
  EXPECT_EQ(decide(s, strict).action, refuse);
  EXPECT_EQ(decide(s, strict).reason, R::time_unknown);
}

TEST(Decide, HearsTheThirdKnockOnlyWhileTheServiceIsUp) {
  for (const K known : {K::fresh, K::stale, K::beyond_trust}) {
    Situation s;
    s.enrolled = E::enabled;
    s.verdict.proof = P::good;
    s.known = known;
    s.keeps_coming_back = true;
    EXPECT_EQ(decide(s, policy()).action, forward);
    EXPECT_EQ(decide(s, policy()).reason, R::keeps_coming_back);
    s.service_up = false;
    EXPECT_NE(decide(s, policy()).reason, R::keeps_coming_back);
  }
}

TEST(Decide, ServesBeyondTrustWhereThePolicySaysSo) {
  Policy serve = policy();
  serve.beyond = BeyondPolicy::serve;
  Situation s;
  s.enrolled = E::enabled;
  s.verdict.proof = P::good;
  s.known = K::beyond_trust;
  s.service_up = false;
  EXPECT_EQ(decide(s, serve).action, answer_and_refresh);
  EXPECT_EQ(decide(s, serve).reason, R::answered_beyond_trust);
}

TEST(Decide, TellsTheOnlyHubAheadToANewLeafWhileTheServiceIsAway) {
  Situation s;
  s.enrolled = E::enabled;
  s.verdict.proof = P::good;
  s.one_hub = true;
  s.service_up = false;
  EXPECT_EQ(decide(s, policy()).action, answer_ahead);
  EXPECT_EQ(decide(s, policy()).reason, R::provisional_assignment);
  Situation not_so = s;
  not_so.service_up = true;
  EXPECT_EQ(decide(not_so, policy()).action, forward);
  not_so = s;
  not_so.verdict.proof = P::good_by_untrusted_clock;
  EXPECT_EQ(decide(not_so, policy()).action, queue);
  not_so = s;
  not_so.verdict.proof = P::pending;
  EXPECT_EQ(decide(not_so, policy()).action, wait_unwritten);
  not_so = s;
  not_so.doubt = R::store_foreign;
  EXPECT_EQ(decide(not_so, policy()).action, wait_unwritten);
  for (const K known : {K::fresh, K::stale}) {
    not_so = s;
    not_so.known = known;
    not_so.change = C::changed;
    EXPECT_EQ(decide(not_so, policy()).action, queue);
  }
  not_so = s;
  not_so.by_certificate = true;
  EXPECT_NE(decide(not_so, policy()).action, answer_ahead);
}

TEST(Decide, RepeatsWhatItToldAheadUntilTheServiceCanBeAsked) {
  for (const K known : {K::fresh, K::stale, K::beyond_trust}) {
    Situation s;
    s.enrolled = E::enabled;
    s.verdict.proof = P::good;
    s.told_ahead = true;
    s.known = known;
    s.service_up = false;
    EXPECT_EQ(decide(s, policy()).action, answer);
    EXPECT_EQ(decide(s, policy()).reason, R::provisional_assignment);
    s.service_up = true;
    EXPECT_EQ(decide(s, policy()).action, forward);
    s.service_up = false;
    s.change = C::changed;
    EXPECT_EQ(decide(s, policy()).action, queue);
  }
}

TEST(Decide, GivesUnknownLeavesToThePolicy) {
  Situation s;
  s.verdict.proof = P::not_checkable;
  Policy p = policy();
  p.unknown = UnknownPolicy::relay;
  EXPECT_EQ(decide(s, p).action, relay);
  p.unknown = UnknownPolicy::hold;
  EXPECT_EQ(decide(s, p).action, hold);
  s.service_up = false;
  for (const auto unknown : {UnknownPolicy::relay, UnknownPolicy::hold}) {
    p.unknown = unknown;
    EXPECT_EQ(decide(s, p).action, wait_unwritten);
    EXPECT_EQ(decide(s, p).reason, R::unknown_offline);
  }
}

TEST(HowKnown, CountsFreshnessByWhicheverClockSawMoreAndTrustByPoweredTimeAlone) {
  using std::chrono::hours;
  const Policy p = policy();
  const WallTime start{hours(480'000)};
  Assignment a;
  a.confirmed_at = hours(100);
  a.confirmed_wall = start;
  const auto known = [&](hours powered_age, hours wall_age, ClockQuality quality) {
    return how_known(a, a.confirmed_at + powered_age, {start + wall_age, quality}, p);
  };
  EXPECT_EQ(how_known(std::nullopt, hours(1), {start, ClockQuality::synced}, p), K::nothing);
  EXPECT_EQ(known(hours(24), hours(24), ClockQuality::synced), K::fresh);
  EXPECT_EQ(known(hours(-1), hours(0), ClockQuality::synced), K::fresh);  // the meter was put back by a cut
  EXPECT_EQ(known(hours(25), hours(25), ClockQuality::synced), K::stale);
  EXPECT_EQ(known(hours(1), hours(48), ClockQuality::synced), K::stale);    // was switched off for two days
  EXPECT_EQ(known(hours(1), hours(48), ClockQuality::unsynced), K::fresh);  // that wall time means nothing
  EXPECT_EQ(known(hours(1), hours(2000), ClockQuality::plausible),
            K::stale);  // off for months: powered time rules
  EXPECT_EQ(known(hours(721), hours(721), ClockQuality::synced), K::beyond_trust);
}

}  // namespace
}  // namespace leafgate::decide_test
