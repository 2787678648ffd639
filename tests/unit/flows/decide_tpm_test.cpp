// The decision of semantics §3 for a leaf with a TPM: a challenge of ours (answer), the service's (relay), or
// none at all.
#include <gtest/gtest.h>

#include "gateway/flows/decide.hpp"

namespace leafgate::decide_tpm_test {
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
  void (*also)(Situation&, Policy&) = [](Situation&, Policy&) {};
};

const Row rows[] = {
    {"wrong key", E::enabled, P::proven_false, K::fresh, C::unchanged, true, refuse, R::tpm_key_differs},
    {"denied", E::enabled, P::good, K::fresh, C::unchanged, true, refuse, R::denied,
     [](Situation& s, Policy&) { s.denied = true; }},
    {"disabled", E::disabled, P::good, K::fresh, C::unchanged, true, end_disabled, R::enrollment_disabled},
    {"fresh", E::enabled, P::good, K::fresh, C::unchanged, true, answer, R::answered_from_cache},
    {"fresh, away", E::enabled, P::good, K::fresh, C::unchanged, false, answer, R::answered_from_cache},
    {"stale", E::enabled, P::good, K::stale, C::unchanged, true, answer, R::answered_from_cache},
    {"stale, away", E::enabled, P::good, K::stale, C::unchanged, false, answer,
     R::answered_stale_service_down},
    {"beyond trust", E::enabled, P::good, K::beyond_trust, C::unchanged, true, relay, R::relayed},
    {"beyond trust, away", E::enabled, P::good, K::beyond_trust, C::unchanged, false, refuse,
     R::needs_service},
    {"beyond trust, away, serve", E::enabled, P::good, K::beyond_trust, C::unchanged, false, answer,
     R::answered_beyond_trust, [](Situation&, Policy& p) { p.beyond = BeyondPolicy::serve; }},
    {"beyond trust, up, serve", E::enabled, P::good, K::beyond_trust, C::unchanged, true, relay, R::relayed,
     [](Situation&, Policy& p) { p.beyond = BeyondPolicy::serve; }},
    {"changed", E::enabled, P::good, K::fresh, C::changed, true, relay, R::relayed},
    {"changed, away", E::enabled, P::good, K::fresh, C::changed, false, refuse, R::needs_service},
    {"renewed, away", E::enabled, P::good, K::fresh, C::renewed, false, refuse, R::needs_service},
    {"new", E::enabled, P::good, K::nothing, C::unchanged, true, relay, R::relayed},
    {"new, away", E::enabled, P::good, K::nothing, C::unchanged, false, refuse, R::needs_service},
    {"third knock", E::enabled, P::good, K::fresh, C::unchanged, true, relay, R::keeps_coming_back,
     [](Situation& s, Policy&) { s.keeps_coming_back = true; }},
    {"third knock, away", E::enabled, P::good, K::fresh, C::unchanged, false, answer, R::answered_from_cache,
     [](Situation& s, Policy&) { s.keeps_coming_back = true; }},
    {"unknown", E::nothing, P::not_checkable, K::nothing, C::unchanged, true, relay, R::relayed},
    {"unknown, away", E::nothing, P::not_checkable, K::nothing, C::unchanged, false, refuse,
     R::needs_service},
    {"unknown, refused", E::nothing, P::not_checkable, K::nothing, C::unchanged, true, refuse,
     R::unknown_enrollment, [](Situation&, Policy& p) { p.unknown = UnknownPolicy::refuse; }},
    {"unknown, held", E::nothing, P::not_checkable, K::nothing, C::unchanged, true, hold,
     R::held_for_approval, [](Situation&, Policy& p) { p.unknown = UnknownPolicy::hold; }},
    {"enrolled without its key", E::without_key, P::not_checkable, K::nothing, C::unchanged, true, relay,
     R::relayed},
    {"enrolled without its key, away", E::without_key, P::not_checkable, K::nothing, C::unchanged, false,
     refuse, R::needs_service},
};

TEST(DecideTpm, follows_the_table) {
  for (const Row& row : rows) {
    Situation s;
    s.by_tpm = true;
    s.enrolled = row.enrolled;
    s.verdict.proof = row.proof;
    if (row.proof == P::proven_false) s.verdict.reason = R::tpm_key_differs;
    s.known = row.known;
    s.change = row.change;
    s.service_up = row.up;
    Policy policy(IdScope::parse("0ne00ABCDEF").value());
    policy.unknown = UnknownPolicy::relay;
    row.also(s, policy);
    const Decision decision = decide(s, policy);
    EXPECT_EQ(decision.action, row.action) << row.name;
    EXPECT_EQ(code(decision.reason), code(row.reason)) << row.name;
    EXPECT_FALSE(decision.provisional) << row.name;
  }
}

}  // namespace
}  // namespace leafgate::decide_tpm_test
