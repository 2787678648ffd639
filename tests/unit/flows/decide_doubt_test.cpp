// The decision while the store is not to be believed, as a table.
#include <gtest/gtest.h>

#include "gateway/flows/decide.hpp"
#include "gateway/flows/what_if.hpp"

namespace leafgate::decide_doubt_test {
namespace {

using enum Action;
using E = Enrolled;
using P = Proof;
using R = Reason;

struct Row {
  const char* name;
  E enrolled;
  P proof;
  bool by_certificate;
  Passing passing;
  bool up;
  Action action;
  R reason;
};

constexpr Passing no_way = Passing::none;
constexpr Passing way = Passing::possible;
constexpr R doubt = R::store_rolled_back;

const Row rows[] = {
    // what is refused stays refused
    {"wrong key", E::enabled, P::proven_false, false, no_way, true, refuse, R::wrong_key},
    {"wrong key, service away", E::enabled, P::proven_false, false, no_way, false, refuse, R::wrong_key},
    {"disabled", E::disabled, P::good, false, no_way, true, end_disabled, R::enrollment_disabled},
    {"disabled, keys locked", E::disabled, P::pending, false, no_way, false, end_disabled,
     R::enrollment_disabled},
    // who proved itself is asked about, as if nothing were known
    {"good key", E::enabled, P::good, false, no_way, true, forward, R::forwarded_new},
    {"good key, service away", E::enabled, P::good, false, no_way, false, wait_unwritten, doubt},
    {"good certificate", E::enabled, P::good, true, way, true, send_through, R::sent_through},
    {"good certificate, no way through", E::enabled, P::good, true, no_way, true, wait_unwritten,
     R::certificate_not_passed},
    {"good certificate beside keys", E::enabled, P::good, true, Passing::shared_address, true, wait_unwritten,
     R::certificate_behind_shared_address},
    {"good certificate, service away", E::enabled, P::good, true, way, false, wait_unwritten, doubt},
    // with locked keys the leaf's own token goes on
    {"keys locked", E::enabled, P::pending, false, no_way, true, relay, R::relayed},
    {"keys locked, service away", E::enabled, P::pending, false, no_way, false, wait_unwritten, doubt},
    {"certificate, keys locked", E::enabled, P::pending, true, way, true, send_through, R::sent_through},
    // who is not known here is no other than ever
    {"unknown", E::nothing, P::not_checkable, false, no_way, true, relay, R::relayed},
    {"unknown, service away", E::nothing, P::not_checkable, false, no_way, false, wait_unwritten,
     R::unknown_offline},
    {"without key", E::without_key, P::not_checkable, false, no_way, true, relay, R::relayed},
    {"unknown certificate", E::nothing, P::not_checkable, true, way, true, send_through, R::sent_through},
};

TEST(DecideInDoubt, each_row_of_the_table_whatever_the_store_says) {
  const Policy policy = [] {
    Policy p(IdScope::parse("0ne00ABCDEF").value());
    p.unknown = UnknownPolicy::relay;
    p.beyond = BeyondPolicy::serve;
    return p;
  }();
  for (const Row& row : rows)
    for (const Known known : {Known::nothing, Known::fresh, Known::stale, Known::beyond_trust})
      for (const Change change : {Change::unchanged, Change::changed, Change::renewed})
        for (const bool comes_back : {false, true}) {
          Situation s;
          s.doubt = doubt;
          s.enrolled = row.enrolled;
          s.verdict.proof = row.proof;
          if (row.proof == P::proven_false) s.verdict.reason = R::wrong_key;
          s.by_certificate = row.by_certificate;
          s.passing = row.passing;
          s.service_up = row.up;
          s.known = known;
          s.change = change;
          s.keeps_coming_back = comes_back;
          EXPECT_EQ(decide(s, policy).action, row.action) << row.name;
          EXPECT_EQ(decide(s, policy).reason, row.reason) << row.name;
        }
}

TEST(DecideInDoubt, a_clock_that_is_not_trusted_is_no_other_than_ever) {
  Policy policy(IdScope::parse("0ne00ABCDEF").value());
  Situation s;
  s.doubt = R::store_foreign;
  s.enrolled = E::enabled;
  s.verdict.proof = P::good_by_untrusted_clock;
  s.known = Known::fresh;
  policy.untrusted_clock = UntrustedClockPolicy::refuse;
  EXPECT_EQ(decide(s, policy).reason, R::time_unknown);
  policy.untrusted_clock = UntrustedClockPolicy::provisional;
  EXPECT_EQ(decide(s, policy).action, forward);
  EXPECT_TRUE(decide(s, policy).provisional);
}

}  // namespace
}  // namespace leafgate::decide_doubt_test
