// The decision for a leaf with a certificate that is there to sign for the service, as a table.
#include <gtest/gtest.h>

#include "gateway/flows/decide.hpp"

namespace leafgate::decide_signing_test {
namespace {

using enum Action;
using E = Enrolled;
using K = Known;
using C = Change;
using P = Proof;
using R = Reason;

Policy policy() { return Policy(IdScope::parse("0ne00ABCDEF").value()); }

Situation signing() {
  Situation s;
  s.by_certificate = true;
  s.signs = true;
  s.enrolled = E::enabled;
  s.verdict.proof = P::good;
  return s;
}

TEST(DecideSigning, WhatIsKnownIsAnsweredAndTheRestGoesToTheService) {
  struct Row {
    const char* name;
    K known;
    C change;
    bool up;
    bool comes_back;
    Action action;
    R reason;
  };
  const Row rows[] = {
      {"fresh", K::fresh, C::unchanged, true, false, answer, R::answered_from_cache},
      {"fresh, away", K::fresh, C::unchanged, false, false, answer, R::answered_from_cache},
      {"fresh, third knock", K::fresh, C::unchanged, true, true, relay, R::signed_by_leaf},
      {"fresh, third knock, away", K::fresh, C::unchanged, false, true, answer, R::answered_from_cache},
      {"stale", K::stale, C::unchanged, true, false, answer, R::answered_from_cache},
      {"stale, away", K::stale, C::unchanged, false, false, answer, R::answered_stale_service_down},
      {"beyond trust", K::beyond_trust, C::unchanged, true, false, relay, R::signed_by_leaf},
      {"beyond trust, away", K::beyond_trust, C::unchanged, false, false, wait_unwritten, R::needs_the_leaf},
      {"new", K::nothing, C::unchanged, true, false, relay, R::signed_by_leaf},
      {"new, away", K::nothing, C::unchanged, false, false, wait_unwritten, R::needs_the_leaf},
      {"renewed", K::fresh, C::renewed, true, false, relay, R::signed_by_leaf},
      {"changed", K::fresh, C::changed, true, false, relay, R::signed_by_leaf},
      {"changed, away", K::fresh, C::changed, false, false, wait_unwritten, R::needs_the_leaf},
  };
  for (const Row& row : rows) {
    Situation s = signing();
    s.known = row.known;
    s.change = row.change;
    s.service_up = row.up;
    s.keeps_coming_back = row.comes_back;
    const Decision decision = decide(s, policy());
    EXPECT_EQ(decision.action, row.action) << row.name;
    EXPECT_EQ(decision.reason, row.reason) << row.name;
    // Whether it could have gone through by IP changes nothing.
    s.passing = Passing::shared_address;
    EXPECT_EQ(decide(s, policy()).action, row.action) << row.name;
  }
}

TEST(DecideSigning, BeyondTrustIsServedOnlyWhereTheServiceIsAway) {
  Policy serves = policy();
  serves.beyond = BeyondPolicy::serve;
  Situation s = signing();
  s.known = K::beyond_trust;
  EXPECT_EQ(decide(s, serves).action, relay);
  s.service_up = false;
  EXPECT_EQ(decide(s, serves).reason, R::answered_beyond_trust);
}

TEST(DecideSigning, InDoubtOfTheStoreTheServiceDecides) {
  Situation s = signing();
  s.known = K::fresh;
  s.doubt = R::store_rolled_back;
  EXPECT_EQ(decide(s, policy()).action, relay);
  EXPECT_EQ(decide(s, policy()).reason, R::signed_by_leaf);
  s.service_up = false;
  EXPECT_EQ(decide(s, policy()).action, wait_unwritten);
  EXPECT_EQ(decide(s, policy()).reason, R::store_rolled_back);
}

TEST(DecideSigning, WhatNothingHereKnowsFollowsThePolicy) {
  Situation s = signing();
  s.enrolled = E::nothing;
  s.verdict.proof = P::not_checkable;
  Policy p = policy();
  p.unknown = UnknownPolicy::relay;
  EXPECT_EQ(decide(s, p).action, relay);
  EXPECT_EQ(decide(s, p).reason, R::signed_by_leaf);
  p.unknown = UnknownPolicy::hold;
  EXPECT_EQ(decide(s, p).action, hold);
  p.unknown = UnknownPolicy::refuse;
  EXPECT_EQ(decide(s, p).action, refuse);
  p.unknown = UnknownPolicy::relay;
  s.service_up = false;
  EXPECT_EQ(decide(s, p).reason, R::unknown_offline);
}

TEST(DecideSigning, WhatIsFalseDeniedOrDisabledIsNotTakenThere) {
  Situation s = signing();
  s.denied = true;
  EXPECT_EQ(decide(s, policy()).action, refuse);
  s = signing();
  s.verdict.proof = P::proven_false;
  s.verdict.reason = R::link_proof_false;
  EXPECT_EQ(decide(s, policy()).action, refuse);
  s = signing();
  s.enrolled = E::disabled;
  EXPECT_EQ(decide(s, policy()).action, end_disabled);
}

}  // namespace
}  // namespace leafgate::decide_signing_test
