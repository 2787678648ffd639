// The decision of semantics §3 for X.509, as tables.
#include <gtest/gtest.h>

#include "gateway/flows/decide.hpp"

namespace leafgate::decide_certificate_test {
namespace {

using enum Action;
using E = Enrolled;
using K = Known;
using C = Change;
using P = Proof;
using R = Reason;

Policy policy() { return Policy(IdScope::parse("0ne00ABCDEF").value()); }

// A certificate's proof cannot be shown to the service by the gateway: nothing is queued, forwarded or
// relayed.
TEST(DecideCertificate, LeavesToTheLeafWhatOnlyItsOwnCertificateCanSettle) {
  struct CertificateRow {
    const char* name;
    K known;
    C change;
    bool up;
    Action action;
    R reason;
  };
  const CertificateRow certificate_rows[] = {
      {"fresh", K::fresh, C::unchanged, true, answer, R::answered_from_cache},
      {"fresh, service away", K::fresh, C::unchanged, false, answer, R::answered_from_cache},
      {"stale", K::stale, C::unchanged, true, answer, R::answered_from_cache},
      {"stale, service away", K::stale, C::unchanged, false, answer, R::answered_stale_service_down},
      {"beyond trust", K::beyond_trust, C::unchanged, true, wait_unwritten, R::certificate_not_passed},
      {"beyond trust, service away", K::beyond_trust, C::unchanged, false, wait_unwritten, R::needs_the_leaf},
      {"renewed", K::fresh, C::renewed, true, wait_unwritten, R::certificate_not_passed},
      {"renewed, service away", K::fresh, C::renewed, false, wait_unwritten, R::needs_the_leaf},
      {"changed", K::fresh, C::changed, true, wait_unwritten, R::certificate_not_passed},
      {"new", K::nothing, C::unchanged, true, wait_unwritten, R::certificate_not_passed},
      {"new, service away", K::nothing, C::unchanged, false, wait_unwritten, R::needs_the_leaf},
  };
  for (const CertificateRow& row : certificate_rows) {
    Situation s;
    s.by_certificate = true;
    s.enrolled = E::enabled;
    s.verdict.proof = P::good;
    s.known = row.known;
    s.change = row.change;
    s.service_up = row.up;
    for (const bool comes_back : {false, true}) {
      s.keeps_coming_back = comes_back;
      EXPECT_EQ(decide(s, policy()).action, row.action) << row.name;
      EXPECT_EQ(decide(s, policy()).reason, row.reason) << row.name;
    }
  }
}

TEST(DecideCertificate, SendsNobodyToATunnelForALeafOnALink) {
  Situation s;
  s.by_certificate = true;
  s.enrolled = E::enabled;
  s.verdict.proof = P::good;
  s.passing = Passing::on_a_link;
  EXPECT_EQ(decide(s, policy()).reason, R::needs_the_leaf);
  s.signs = true;
  EXPECT_EQ(decide(s, policy()).reason, R::signed_by_leaf);
}

TEST(DecideCertificate, RelaysNoCertificate) {
  Situation s;
  s.by_certificate = true;
  Policy p = policy();
  EXPECT_EQ(decide(s, p).action, refuse);
  p.unknown = UnknownPolicy::relay;
  EXPECT_EQ(decide(s, p).reason, R::certificate_not_passed);
  s.service_up = false;
  EXPECT_EQ(decide(s, p).reason, R::unknown_offline);
  p.beyond = BeyondPolicy::serve;
  s.enrolled = E::enabled;
  s.verdict.proof = P::good;
  s.known = K::beyond_trust;
  EXPECT_EQ(decide(s, p).reason, R::answered_beyond_trust);
}

TEST(DecideCertificate, ServesBeyondTrustWhereverTheLeafCannotGoThrough) {
  Situation s;
  s.by_certificate = true;
  s.enrolled = E::enabled;
  s.verdict.proof = P::good;
  s.known = K::beyond_trust;
  Policy p = policy();
  p.beyond = BeyondPolicy::serve;
  for (const Passing passing : {Passing::none, Passing::shared_address}) {
    s.passing = passing;
    EXPECT_EQ(decide(s, p).reason, R::answered_beyond_trust);
  }
  s.passing = Passing::possible;
  EXPECT_EQ(decide(s, p).reason, R::sent_through);
}

// Where its next connections can be passed through, the leaf settles at once what it would wait for.
TEST(DecideCertificate, SendsACertificateThroughThatOnlyTheServiceCanJudge) {
  struct PassingRow {
    const char* name;
    P proof;
    E enrolled;
    K known;
    C change;
    bool comes_back;
    Action action;  // where its connections can be passed through
    R reason;
    Action shared;  // where a symmetric key lives at its address
    R shared_reason;
  };
  constexpr auto shared_wait = R::certificate_behind_shared_address;
  const PassingRow passing_rows[] = {
      {"new", P::good, E::enabled, K::nothing, C::unchanged, false, send_through, R::sent_through,
       wait_unwritten, shared_wait},
      {"changed", P::good, E::enabled, K::fresh, C::changed, false, send_through, R::sent_through,
       wait_unwritten, shared_wait},
      {"renewed", P::good, E::enabled, K::fresh, C::renewed, false, send_through, R::sent_through,
       wait_unwritten, shared_wait},
      {"beyond trust", P::good, E::enabled, K::beyond_trust, C::unchanged, false, send_through,
       R::sent_through, wait_unwritten, shared_wait},
      {"third knock", P::good, E::enabled, K::fresh, C::unchanged, true, send_through, R::sent_through,
       answer, R::answered_from_cache},
      {"fresh", P::good, E::enabled, K::fresh, C::unchanged, false, answer, R::answered_from_cache, answer,
       R::answered_from_cache},
      {"stale", P::good, E::enabled, K::stale, C::unchanged, false, answer, R::answered_from_cache, answer,
       R::answered_from_cache},
      {"not enrolled", P::not_checkable, E::nothing, K::nothing, C::unchanged, false, send_through,
       R::sent_through, wait_unwritten, shared_wait},
      {"certificate not held", P::not_checkable, E::without_key, K::nothing, C::unchanged, false,
       send_through, R::sent_through, wait_unwritten, shared_wait},
      {"false", P::proven_false, E::enabled, K::fresh, C::unchanged, false, refuse, R::wrong_key, refuse,
       R::wrong_key},
      {"disabled", P::good, E::disabled, K::nothing, C::unchanged, false, end_disabled,
       R::enrollment_disabled, end_disabled, R::enrollment_disabled},
  };
  Policy p = policy();
  p.unknown = UnknownPolicy::relay;
  for (const PassingRow& row : passing_rows) {
    Situation s;
    s.by_certificate = true;
    s.enrolled = row.enrolled;
    s.verdict.proof = row.proof;
    if (row.proof == P::proven_false) s.verdict.reason = R::wrong_key;
    s.known = row.known;
    s.change = row.change;
    s.keeps_coming_back = row.comes_back;
    s.passing = Passing::possible;
    EXPECT_EQ(decide(s, p).action, row.action) << row.name;
    EXPECT_EQ(code(decide(s, p).reason), code(row.reason)) << row.name;
    s.passing = Passing::shared_address;
    EXPECT_EQ(decide(s, p).action, row.shared) << row.name;
    EXPECT_EQ(code(decide(s, p).reason), code(row.shared_reason)) << row.name;
    s.service_up = false;
    s.passing = Passing::none;
    const Decision away = decide(s, p);
    EXPECT_NE(away.action, send_through) << row.name;
    for (const Passing passing : {Passing::possible, Passing::shared_address}) {
      s.passing = passing;
      EXPECT_EQ(decide(s, p), away) << row.name << ": the service is away";
    }
  }
}

TEST(DecideCertificate, SendsNobodyThroughAgainstThePolicyNorForItsKey) {
  Situation s;
  s.passing = Passing::possible;
  s.by_certificate = true;
  Policy p = policy();
  EXPECT_EQ(decide(s, p).action, refuse);
  p.unknown = UnknownPolicy::hold;
  EXPECT_EQ(decide(s, p).action, hold);
  p.unknown = UnknownPolicy::relay;
  s.by_certificate = false;
  EXPECT_EQ(decide(s, p).action, relay);
  s.enrolled = E::enabled;
  s.verdict.proof = P::good;
  EXPECT_EQ(decide(s, p).action, forward);
}

}  // namespace
}  // namespace leafgate::decide_certificate_test
