// Rows 1, 10 and "swapped or cloned" of semantics §3: what lists, operators and the guard say beside the
// proof.
#include <functional>

#include <gtest/gtest.h>

#include "gateway/flows/decide.hpp"

namespace leafgate::decide_gate_test {
namespace {

struct Row {
  const char* name;
  std::function<void(Situation&, Policy&)> change;
  Action action;
  Reason reason;
};

Situation proven() {
  Situation s;
  s.enrolled = Enrolled::enabled;
  s.verdict.proof = Proof::good;
  s.known = Known::fresh;
  return s;
}

void make_unknown(Situation& s) {
  s = Situation();
  s.verdict.proof = Proof::not_checkable;
}

TEST(DecideGate, table) {
  using R = Reason;
  using U = UnknownPolicy;
  const std::vector<Row> rows = {
      {"nothing said", [](auto&, auto&) {}, Action::answer, R::answered_from_cache},
      {"denied, however good", [](auto& s, auto&) { s.denied = true; }, Action::refuse, R::denied},
      {"denied and approved", [](auto& s, auto&) { s.denied = s.approved = true; }, Action::refuse,
       R::denied},
      {"denied and disabled",
       [](auto& s, auto&) {
         s.denied = true;
         s.enrolled = Enrolled::disabled;
       },
       Action::refuse, R::denied},
      {"denied in doubt",
       [](auto& s, auto&) {
         s.denied = true;
         s.doubt = R::store_rolled_back;
       },
       Action::refuse, R::denied},
      {"rejected", [](auto& s, auto&) { s.rejected = true; }, Action::refuse, R::rejected_by_operator},
      {"swapped", [](auto& s, auto&) { s.contested = R::credential_swapped; }, Action::hold,
       R::credential_swapped},
      {"swapped while the service is away",
       [](auto& s, auto&) {
         s.contested = R::credential_swapped;
         s.service_up = false;
       },
       Action::hold, R::credential_swapped},
      {"swapped, and the proof is false",
       [](auto& s, auto&) {
         s.contested = R::credential_swapped;
         s.verdict.proof = Proof::proven_false;
         s.verdict.reason = R::wrong_key;
       },
       Action::refuse, R::wrong_key},
      {"swapped and disabled",
       [](auto& s, auto&) {
         s.contested = R::credential_swapped;
         s.enrolled = Enrolled::disabled;
       },
       Action::end_disabled, R::enrollment_disabled},
      {"unknown, to be held",
       [](auto& s, auto& p) {
         make_unknown(s);
         p.unknown = U::hold;
       },
       Action::hold, R::held_for_approval},
      {"unknown and approved",
       [](auto& s, auto& p) {
         make_unknown(s);
         s.approved = true;
         p.unknown = U::hold;
       },
       Action::relay, R::relayed},
      {"unknown and approved, where others are refused",
       [](auto& s, auto& p) {
         make_unknown(s);
         s.approved = true;
         p.unknown = U::refuse;
       },
       Action::relay, R::relayed},
      {"unknown and approved, with a certificate",
       [](auto& s, auto& p) {
         make_unknown(s);
         s.approved = s.by_certificate = true;
         s.passing = Passing::possible;
         p.unknown = U::hold;
       },
       Action::send_through, R::sent_through},
      {"unknown, held, and the service is away",
       [](auto& s, auto& p) {
         make_unknown(s);
         s.service_up = false;
         p.unknown = U::hold;
       },
       Action::wait_unwritten, R::unknown_offline},
      {"unknown and approved, and the service is away",
       [](auto& s, auto& p) {
         make_unknown(s);
         s.approved = true;
         s.service_up = false;
         p.unknown = U::hold;
       },
       Action::wait_unwritten, R::unknown_offline},
  };
  for (const Row& row : rows) {
    Situation situation = proven();
    Policy policy(IdScope::parse("0ne00ABCDEF").value());
    row.change(situation, policy);
    const Decision decision = decide(situation, policy);
    EXPECT_EQ(decision.action, row.action) << row.name;
    EXPECT_EQ(decision.reason, row.reason) << row.name;
  }
}

}  // namespace
}  // namespace leafgate::decide_gate_test
