// The whole way of a symmetric-key leaf through the real flows, in virtual time.
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::admit_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Admit, ANewLeafIsStoredThenForwardedThenAssigned) {
  Site site;
  site.enroll("leaf-1");
  const Answer first = site.register_leaf("leaf-1");
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(first.reason, Reason::forwarded_new);
  EXPECT_EQ(first.retry_after, Seconds(4));
  EXPECT_TRUE(first.proven);
  ASSERT_EQ(site.registrations.rows.size(), 1U);  // before the 202 went out
  site.simulator.run_for(seconds(10));
  const Answer done = site.poll("leaf-1", *first.operation);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.registration_status, RegistrationStatus::assigned);
  EXPECT_NE(done.state.find(R"("unknownMember":{"kept":[1,2.50]})"), std::string::npos);
  EXPECT_EQ(*done.operation, *first.operation);
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.service.registered["leaf-1"], 1);
}

TEST(Admit, AKnownLeafIsAnsweredFromCacheAndNothingIsWritten) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  const auto writes = site.registrations.writes;
  for (int i = 0; i < 5; ++i) {
    const Answer again = site.provision("leaf-1");
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.reason, Reason::answered_from_cache);
    site.simulator.run_for(minutes(16));  // else its third would be a knock
  }
  site.service.up = false;
  EXPECT_EQ(site.provision("leaf-1").status, 200);
  EXPECT_EQ(site.registrations.writes, writes);
  EXPECT_EQ(site.service.registered["leaf-1"], 1);
}

TEST(Admit, ADirectClientHasItsAssignmentInOneAnswer) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  Attempt direct = site.attempt("leaf-1", site.token("leaf-1"));
  direct.direct = true;
  const Answer answer = site.admit(direct);
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.state.find("hub1.azure-devices.net"), std::string::npos);
}

TEST(Admit, TheOperationOfACachedAnswerSurvivesARestartAndARefresh) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  const Answer before = site.register_leaf("leaf-1");
  ASSERT_EQ(before.status, 202);
  site.restart();
  EXPECT_EQ(site.poll("leaf-1", *before.operation).status, 200);
  site.simulator.run_for(hours(25));
  EXPECT_EQ(site.provision("leaf-1").reason, Reason::answered_from_cache);
  site.simulator.run_for(minutes(1));  // the refresh behind it has ended: another etag
  EXPECT_EQ(site.poll("leaf-1", *before.operation).status, 200);
}

TEST(Admit, AnOutboxOperationSurvivesARestartInEveryState) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  const Answer first = site.register_leaf("leaf-1");
  ASSERT_EQ(first.status, 202);
  site.restart();
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 202);
  const Answer joined = site.register_leaf("leaf-1");
  EXPECT_EQ(*joined.operation, *first.operation);
  EXPECT_EQ(joined.reason, Reason::joined_open_operation);
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  site.restart();
  const Answer done = site.poll("leaf-1", *first.operation);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.registration_status, RegistrationStatus::assigned);
}

struct Refused {
  const char* name;
  std::function<Attempt(Site&)> make;
  int status;
  Reason reason;
};

TEST(Admit, RefusesAndNamesTheReason) {
  const Refused cases[] = {
      {"wrong key", [](Site& s) { return s.attempt("leaf-1", s.token("leaf-1", "another key entirely")); },
       401, Reason::wrong_key},
      {"expired",
       [](Site& s) { return s.attempt("leaf-1", s.token("leaf-1", "the primary key of it", -minutes(2))); },
       401, Reason::token_expired},
      {"token of another leaf", [](Site& s) { return s.attempt("leaf-1", s.token("leaf-2")); }, 401,
       Reason::token_for_another_id},
      {"not a token", [](Site& s) { return s.attempt("leaf-1", "Bearer abc"); }, 401,
       Reason::token_malformed},
      {"nothing",
       [](Site& s) {
         Attempt a = s.attempt("leaf-1", "");
         a.evidence = NoEvidence{};
         return a;
       },
       401, Reason::no_credential},
      {"not enrolled", [](Site& s) { return s.attempt("leaf-9", s.token("leaf-9")); }, 401,
       Reason::unknown_enrollment},
      {"wrong scope",
       [](Site& s) {
         Attempt a(IdScope::parse("0ne99999999").value(), RegistrationId::parse("leaf-1").value());
         a.evidence = SasEvidence{s.token("leaf-1")};
         return a;
       },
       404, Reason::wrong_scope},
      {"an operation never given",
       [](Site& s) {
         Attempt a = s.attempt("leaf-1", s.token("leaf-1"));
         a.operation = OperationId::parse("5.0123456789abcdef.11111111-2222-3333-4444-555555555555").value();
         return a;
       },
       404, Reason::operation_unknown},
      {"somebody else's operation",
       [](Site& s) {
         const Answer theirs = s.register_leaf("leaf-2");
         Attempt a = s.attempt("leaf-1", s.token("leaf-1"));
         a.operation = theirs.operation;
         return a;
       },
       404, Reason::operation_unknown},
  };
  for (const Refused& c : cases) {
    Site site;
    site.enroll("leaf-1");
    site.enroll("leaf-2");
    const Answer answer = site.admit(c.make(site));
    EXPECT_EQ(answer.status, c.status) << c.name;
    EXPECT_EQ(code(answer.reason), code(c.reason)) << c.name;
    EXPECT_EQ(answer.error_code / 1000, c.status) << c.name;
    EXPECT_FALSE(answer.message.empty()) << c.name;
    EXPECT_EQ(site.service.registered["leaf-1"], 0) << c.name;
  }
}

TEST(Admit, APollMustShowTheSameProofButMayOutliveItsToken) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  const std::string short_lived = site.token("leaf-1", "the primary key of it", seconds(30));
  const Answer first = site.admit(site.attempt("leaf-1", short_lived));
  ASSERT_EQ(first.status, 202);
  site.simulator.run_for(minutes(5));
  Attempt same = site.attempt("leaf-1", short_lived);
  same.operation = first.operation;
  EXPECT_EQ(site.admit(same).status, 202);  // iot-identity-service: 30 s and never renewed
  Attempt wrong = site.attempt("leaf-1", site.token("leaf-1", "another key entirely"));
  wrong.operation = first.operation;
  EXPECT_EQ(site.admit(wrong).status, 401);
}

TEST(Admit, ADisabledEnrollmentEndsAsDpsEndsIt) {
  Site site;
  site.enroll("leaf-1", "the primary key of it", {}, false);
  const Answer answer = site.register_leaf("leaf-1");
  ASSERT_EQ(answer.status, 202);
  const Answer end = site.poll("leaf-1", *answer.operation);
  EXPECT_EQ(end.status, 200);
  EXPECT_EQ(end.registration_status, RegistrationStatus::disabled);
  EXPECT_NE(end.state.find(R"("status":"disabled")"), std::string::npos);
  EXPECT_EQ(site.registrations.writes, 0);
}

TEST(Admit, AnEnrollmentEnabledMeanwhileDoesNotKeepItsLeafPollingForEver) {
  Site site;
  site.enroll("leaf-1", "the primary key of it", {}, false);
  const Answer told = site.register_leaf("leaf-1");
  ASSERT_EQ(told.status, 202);
  site.enroll("leaf-1");
  EXPECT_EQ(site.poll("leaf-1", *told.operation).status,
            404);  // its request was not kept: it must come again
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  EXPECT_EQ(site.poll("leaf-1", *told.operation).registration_status, RegistrationStatus::assigned);
}

TEST(Admit, WhatChangedIsForwardedAgain) {
  Site site;
  site.enroll("leaf-1", "the primary key of it", "the secondary key of it");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  EXPECT_EQ(site.register_leaf("leaf-1", R"({"line":"A"})").reason, Reason::forwarded_changed);
  site.simulator.run_for(seconds(30));
  EXPECT_EQ(site.service.requests["leaf-1"].payload, R"({"line":"A"})");
  const Answer renewed =
      site.admit(site.attempt("leaf-1", site.token("leaf-1", "the secondary key of it"), R"({"line":"A"})"));
  EXPECT_EQ(renewed.reason, Reason::credential_renewed);
  site.simulator.run_for(seconds(30));
  site.enroll("leaf-1", "the primary key of it", "the secondary key of it", true, "2");
  const Answer moved =
      site.admit(site.attempt("leaf-1", site.token("leaf-1", "the secondary key of it"), R"({"line":"A"})"));
  EXPECT_EQ(moved.reason, Reason::forwarded_changed);
}

TEST(Admit, TheNewestAttemptWinsInOneRow) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  const Answer first = site.register_leaf("leaf-1", "1");
  const Answer second = site.register_leaf("leaf-1", "2");
  EXPECT_EQ(*first.operation, *second.operation);
  ASSERT_EQ(site.registrations.rows.size(), 1U);
  EXPECT_EQ(site.registrations.rows.begin()->second.request.payload, "2");
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  EXPECT_EQ(site.service.requests["leaf-1"].payload, "2");
  EXPECT_TRUE(site.registrations.rows.empty());
}

TEST(Admit, AnAttemptThatComesWhileTheOldOneIsInFlightIsNotLost) {
  Site site;
  site.enroll("leaf-1");
  site.service.polls_until_done = 3;
  const Answer first = site.register_leaf("leaf-1", "1");
  site.simulator.run_for(seconds(4));  // the service has heard of it and says assigning
  const Answer second = site.register_leaf("leaf-1", "2");
  EXPECT_EQ(*first.operation, *second.operation);
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(site.service.requests["leaf-1"].payload, "2");
  EXPECT_EQ(site.poll("leaf-1", *second.operation).status, 200);
  EXPECT_EQ(site.register_leaf("leaf-1", "2").reason, Reason::answered_from_cache);
}

TEST(Admit, AFullDiskRefusesWithoutPromisingAndRecovers) {
  Site site;
  site.enroll("leaf-1");
  site.enroll("leaf-2");
  ASSERT_EQ(site.provision("leaf-2").status, 200);
  site.registrations.fail.fail_all(Error(Errc::store_full, "no space left on device"));
  const Answer refused = site.register_leaf("leaf-1");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.reason, Reason::store_full);
  EXPECT_GT(refused.retry_after, Seconds(0));
  EXPECT_EQ(site.provision("leaf-2").status, 200);  // known leaves need no room
  site.registrations.fail.heal();
  EXPECT_EQ(site.provision("leaf-1").status, 200);
}

TEST(Admit, AStrangerWhoUsesAnIdCannotPushOutWhatTheLeafDid) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  for (int i = 0; i < 50; ++i) {
    Attempt a = site.attempt("leaf-1", site.token("leaf-1", "wrong key number " + std::to_string(i)));
    a.source.address = "192.0.2." + std::to_string(i);
    EXPECT_EQ(site.admit(a).status, 401);
  }
  const auto record = site.running->ledger.held("leaf-1");
  ASSERT_TRUE(record);
  const auto unverified = std::count_if(record->notes.begin(), record->notes.end(),
                                        [](const AttemptNote& n) { return n.unverified; });
  EXPECT_EQ(unverified, 2);
  EXPECT_LE(record->notes.size(), 8U);
  EXPECT_TRUE(std::any_of(record->notes.begin(), record->notes.end(),
                          [](const AttemptNote& n) { return n.reason == Reason::assigned_by_service; }));
}

TEST(Admit, AGroupVouchesForDerivedKeysOfTheIdAsTypedOrLower) {
  Site site;
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "line-A";
  group.mechanism = Mechanism::symmetric_key;
  group.etag = "1";
  group.primary_key = site.trust.seal(Site::key("the group key itself"), reference(group)).value();
  site.enrollments.put(group);
  const auto derived = [](std::string_view id) {
    const auto mac = crypto::hmac_sha256(as_bytes("the group key itself"), as_bytes(id));
    return std::string(as_text(mac));
  };
  EXPECT_EQ(site.admit(site.attempt("Edge-7", site.token("Edge-7", derived("Edge-7")))).status, 202);
  EXPECT_EQ(site.admit(site.attempt("Edge-8", site.token("Edge-8", derived("edge-8")))).status, 202);
  // the group key itself is never valid for a device
  const Answer underived = site.admit(site.attempt("edge-9", site.token("edge-9", "the group key itself")));
  EXPECT_EQ(underived.status, 401);
  EXPECT_EQ(underived.reason, Reason::wrong_key);  // "was it derived for this very id?"
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(site.service.registered["edge-7"], 1);
  EXPECT_EQ(site.service.registered["edge-8"], 1);
}

// Each call of the store fails in turn, once, as a full disk and as a broken one: nothing acknowledged may be
// missing.
TEST(AdmitSweep, NothingAcknowledgedIsLostWhicheverStoreCallFails) {
  for (const Errc fault : {Errc::store_full, Errc::store_fault}) {
    for (int n = 1; n <= 14; ++n) {
      Site site;
      site.enroll("leaf-1");
      site.registrations.fail.fail_call(n, Error(fault, "injected"));
      const Answer first = site.register_leaf("leaf-1");
      const bool acknowledged = first.status == 202;
      EXPECT_EQ(site.registrations.rows.size(), acknowledged ? 1U : 0U) << n;
      site.simulator.run_for(minutes(5));
      site.registrations.fail.heal();
      site.restart();
      site.simulator.run_for(minutes(5));
      if (acknowledged) {
        const Answer end = site.poll("leaf-1", *first.operation);
        EXPECT_EQ(end.status, 200) << "call " << n;
        EXPECT_EQ(end.registration_status, RegistrationStatus::assigned) << "call " << n;
      }
      EXPECT_EQ(site.provision("leaf-1").status, 200) << "call " << n;
    }
  }
}

}  // namespace
}  // namespace leafgate::admit_test
