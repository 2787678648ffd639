// Leaves that nothing here can check: the service decides, live (semantics §3 rows 10 and 11).
#include "gateway/flows/relay.hpp"

#include <gtest/gtest.h>

#include "tests/unit/flows/relay_site.hpp"

namespace leafgate::relay_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

using RelayTest = RelaySite;

TEST_F(RelayTest, BringsTheLeafsOwnTokenAndTheServicesAnswer) {
  const auto told = ask(1).value();
  EXPECT_EQ(told.status, 202);
  EXPECT_EQ(told.reason, Reason::relayed);
  EXPECT_EQ(told.retry_after, Seconds(4));
  site.simulator.run_for(told.retry_after);
  const Answer done = poll(1, *told.operation);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.registration_status, RegistrationStatus::assigned);
  EXPECT_NE(done.state.find("hub1.azure-devices.net"), std::string::npos);
  EXPECT_EQ(site.service.last_token, tokens.at("leaf-1its true key"));
  EXPECT_EQ(site.service.registered["leaf-1"], 1);
}

TEST_F(RelayTest, TellsTheServicesNoAtOnceAndWritesNothing) {
  for (const int status : {401, 403, 404, 400}) {
    site.service.refuse_status = status;
    const auto told = ask(status - 398).value();
    EXPECT_EQ(told.status, status);
    EXPECT_EQ(told.error_code, status * 1000);
    EXPECT_EQ(told.message, "refused by the fake");
    EXPECT_EQ(told.reason, Reason::service_refused);
  }
  EXPECT_EQ(site.registrations.writes, 0);
  EXPECT_TRUE(site.registrations.records.empty());
  const auto seen = site.running->doors.of_claimed_id(RegistrationId::parse("leaf-3").value());
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].detail.find("nothing here can check it; the service says 401: refused by the fake"), 0U);
}

TEST_F(RelayTest, SaysAssigningAfterFiveSecondsAndTheRestByThePoll) {
  site.service.latency = seconds(7);
  site.service.refuse_ids = {"leaf-2"};
  EXPECT_FALSE(ask(1, Millis(4'900)));
  site.simulator.run_for(Millis(200));
  const auto first = ask(1, Millis(0)).value();  // joins what is under way
  const auto second = ask(2, seconds(6)).value();
  EXPECT_EQ(second.status, 202);
  site.simulator.run_for(seconds(10));
  EXPECT_EQ(poll(2, *second.operation).status, 401);
  EXPECT_EQ(poll(1, *first.operation).registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(site.service.registered["leaf-1"], 1);
}

TEST_F(RelayTest, LearnsWhereTheLeafIsButNotWhoItIs) {
  ASSERT_EQ(provision(1).status, 200);
  const Assignment learnt = *site.registrations.records.at("leaf-1").registration.assignment;
  EXPECT_EQ(learnt.assigned_hub, "hub1.azure-devices.net");
  EXPECT_EQ(learnt.credential, "");
  site.service.up = false;
  (void)ask(2, seconds(6));  // finds out
  const auto offline = ask(1).value();
  EXPECT_EQ(offline.status, 202) << "a known hub without a credential is no answer";
  EXPECT_EQ(offline.reason, Reason::unknown_offline);
  EXPECT_EQ(poll(1, *offline.operation).reason, Reason::unknown_offline);
}

TEST_F(RelayTest, WhomTheServiceKnowsIsNoStranger) {
  site.service.latency = seconds(7);
  const auto waits = ask(1, seconds(6)).value();
  EXPECT_EQ(site.running->doors.of_claimed_id(RegistrationId::parse("leaf-1").value()).size(), 1U);
  Attempt wrong = attempt("leaf-1", address(1));
  wrong.evidence = NoEvidence{};
  EXPECT_EQ(admit(std::move(wrong), seconds(1)).value().status, 401);
  site.simulator.run_for(minutes(1));
  ASSERT_EQ(poll(1, *waits.operation).status, 200);
  const auto seen = site.running->doors.all();
  ASSERT_EQ(seen.size(), 1U) << "what it did wrong stays";
  ASSERT_EQ(seen[0].notes.size(), 1U);
  EXPECT_EQ(seen[0].notes[0].reason, Reason::no_credential);
  const auto& notes = site.registrations.records.at("leaf-1").notes;
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_EQ(notes[0].reason, Reason::relayed);
  EXPECT_EQ(notes[0].source, address(1));
  EXPECT_EQ(notes[1].reason, Reason::assigned_by_service);
  site.service.latency = Millis(10);
  ASSERT_EQ(provision(2).status, 200);
  EXPECT_EQ(site.running->doors.all().size(), 1U) << "answered before it was told to wait";
}

TEST_F(RelayTest, IsLoggedAsRefusedOnlyWhereItIs) {
  const auto log_of = [this](int n) {
    testing::internal::CaptureStderr();
    (void)ask(n);
    return testing::internal::GetCapturedStderr();
  };
  site.enroll("leaf-1", "");  // its key is not here
  site.service.up = false;
  (void)ask(2, seconds(6));  // finds out
  const std::string waits = log_of(1);
  EXPECT_NE(waits.find("attempt registration_id=leaf-1 reason=unknown-offline"), std::string::npos) << waits;
  EXPECT_EQ(site.running->admission.tally().refused_by.count(Reason::unknown_offline), 0U);
  site.service.up = true;
  site.simulator.run_for(minutes(2));
  site.service.refuse_ids = {"leaf-1"};
  const std::string refused = log_of(1);
  EXPECT_NE(refused.find("attempt refused registration_id=leaf-1 reason=service-refused"), std::string::npos)
      << refused;
}

TEST_F(RelayTest, KeepsAnAssignmentThatSomebodyElseIsRefusedFor) {
  ASSERT_EQ(provision(1).status, 200);
  site.service.refuse_ids = {"leaf-1"};
  EXPECT_EQ(admit(attempt("leaf-1", address(9), "a guess"), seconds(1)).value().status, 401);
  EXPECT_TRUE(site.registrations.records.at("leaf-1").registration.assignment);
  site.service.refuse_ids.clear();
  site.service.ends["leaf-1"] = RegistrationStatus::disabled;
  EXPECT_EQ(provision(1).registration_status, RegistrationStatus::disabled);
  EXPECT_FALSE(site.registrations.records.at("leaf-1").registration.assignment);
}

TEST_F(RelayTest, SaysAssigningWhileTheServiceIsAway) {
  site.service.up = false;
  const auto told = ask(1, seconds(6)).value();
  EXPECT_EQ(told.status, 202);
  EXPECT_FALSE(site.running->forwarder.state().up) << "the way is everybody's";
  const auto later = ask(2).value();
  EXPECT_EQ(later.reason, Reason::unknown_offline);
  EXPECT_EQ(site.registrations.writes, 0);
  site.service.up = true;
  Answer done = told;
  for (int i = 0; i < 60 && done.status == 202; ++i) {
    site.simulator.run_for(seconds(3));
    done = poll(1, *told.operation);
  }
  EXPECT_EQ(done.status, 200) << "who kept polling is taken there when it is back";
  EXPECT_EQ(poll(2, *later.operation).status, 404) << "of this one nothing was kept";
}

TEST_F(RelayTest, HidesTheServicesTroubleFromTheLeaf) {
  site.service.throttle_next = 2;
  const Answer done = provision(1);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(site.service.register_times.size(), 3U);
  EXPECT_GE(site.service.register_times[1] - site.service.register_times[0], seconds(5));
}

TEST_F(RelayTest, BlamesNoLeafWhileTheLaneIsPaused) {
  site.service.latency = seconds(2);
  site.service.refuse_status = 401;
  EXPECT_FALSE(ask(1));
  ServiceVerdict everybody;
  everybody.reason = Reason::service_refuses_everybody;
  site.running->forwarder.relay_heard(everybody);
  const auto told = ask(1, seconds(3)).value();
  EXPECT_EQ(told.status, 202);
  EXPECT_EQ(poll(1, *told.operation).reason, Reason::unknown_offline);
}

TEST_F(RelayTest, ForgetsEverythingAtARestart) {
  const auto told = ask(1).value();
  site.restart();
  EXPECT_EQ(poll(1, *told.operation).status, 404);
  EXPECT_EQ(provision(1).status, 200);
}

TEST_F(RelayTest, AnswersPollsOnlyToTheTokenItRelayed) {
  const auto told = ask(1).value();
  site.simulator.run_for(seconds(5));
  EXPECT_EQ(poll(1, *told.operation, "a guess").status, 404);
  EXPECT_EQ(poll(1, *told.operation).status, 200);
  site.simulator.run_for(minutes(6));
  (void)ask(2);
  EXPECT_EQ(poll(1, *told.operation).status, 404) << "kept for a while, not for ever";
}

TEST_F(RelayTest, DropsALeafThatDoesNotComeBack) {
  site.service.throttle_next = 1;
  site.service.throttle_retry_after = minutes(2);
  (void)ask(1);
  site.simulator.run_for(minutes(10));
  EXPECT_EQ(site.service.register_times.size(), 1U);
}

TEST_F(RelayTest, SpendsNothingOnATokenThatCannotBeRight) {
  Attempt expired = attempt("leaf-1", address(1));
  expired.evidence = SasEvidence{site.token("leaf-1", "its true key", -minutes(5))};
  Attempt foreign = attempt("leaf-1", address(1));
  foreign.evidence = SasEvidence{site.token("leaf-2", "its true key")};
  Attempt garbled = attempt("leaf-1", address(1));
  garbled.evidence = SasEvidence{"SharedAccessSignature sr=x"};
  Attempt bare = attempt("leaf-1", address(1));
  bare.evidence = NoEvidence{};
  const std::pair<Attempt, Reason> rows[] = {{expired, Reason::token_expired},
                                             {foreign, Reason::token_for_another_id},
                                             {garbled, Reason::token_malformed},
                                             {bare, Reason::no_credential}};
  for (const auto& [what, why] : rows) {
    const auto told = admit(what, seconds(1)).value();
    EXPECT_EQ(told.status, 401);
    EXPECT_EQ(told.reason, why) << code(told.reason);
  }
  EXPECT_TRUE(site.service.register_times.empty());
}

TEST_F(RelayTest, KeepsAnAnswerThatIsStillBeingStored) {
  site.registrations.commit_time = seconds(20);
  const auto told = ask(1).value();
  site.simulator.run_for(seconds(6));
  (void)ask(2, Millis(0));  // what has ended long ago is forgotten now
  EXPECT_EQ(poll(1, *told.operation).status, 202) << "stored before the leaf hears of it";
  site.simulator.run_for(seconds(30));
  EXPECT_EQ(poll(1, *told.operation).status, 200);
}

TEST_F(RelayTest, TakesTheNewestPayloadAfterATryThatSettledNothing) {
  site.service.throttle_next = 1;
  Attempt first = attempt("leaf-1", address(1));
  first.request.payload = R"({"n":1})";
  Attempt second = first;
  second.request.payload = R"({"n":2})";
  (void)admit(first, seconds(1));
  (void)admit(second, seconds(1));
  site.simulator.run_for(seconds(20));
  EXPECT_EQ(site.service.register_times.size(), 2U);
  EXPECT_EQ(site.service.requests["leaf-1"].payload, R"({"n":2})");
}

TEST_F(RelayTest, KeepsTheWayOpenWhateverAnAnswerToOneSays) {
  site.service.implausible = true;
  (void)ask(1, seconds(6));
  EXPECT_TRUE(site.running->forwarder.state().up) << "its own fault";
  site.service.implausible = false;
  site.service.at_call.clear();
  site.service.next_errors = {Error(Errc::untrusted, "another certificate")};
  (void)ask(2, seconds(1));
  EXPECT_FALSE(site.running->forwarder.state().up) << "the way itself is everybody's";
}

TEST_F(RelayTest, LeavesAServiceInTroubleInPeaceForAsLongAsItAsks) {
  ServiceAnswer busy = FakeProvisioningService::refusal(503, 503000);
  busy.retry_after = Seconds(50);
  site.service.at_call.emplace(1, busy);
  const Answer first = ask(1).value();
  ASSERT_EQ(first.status, 202);
  for (int i = 0; i < 4; ++i) {
    site.simulator.run_for(std::chrono::seconds(10));
    (void)poll(1, *first.operation);
    (void)ask(2);
  }
  EXPECT_EQ(site.service.calls, 1);
  for (int i = 0; i < 4; ++i) {
    site.simulator.run_for(std::chrono::seconds(10));
    (void)poll(1, *first.operation);
  }
  EXPECT_TRUE(site.service.registered.contains(leaf(1)));
}

TEST_F(RelayTest, CountsWhyItRefused) {
  site.service.refuse_status = 401;
  (void)ask(1);
  const Tally& tally = site.running->admission.tally();
  EXPECT_EQ(tally.refused, 1U);
  EXPECT_EQ(tally.refused_by.at(Reason::service_refused), 1U);
}

TEST_F(RelayTest, AsksTheServiceWhereAGroupForEveryIdDoesNotKnowTheKey) {
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "line";
  group.mechanism = Mechanism::symmetric_key;
  group.primary_key = site.trust.seal(Site::key("the group's key"), reference(group)).value();
  site.enrollments.put(std::move(group));
  site.running->ledger.enrollments_changed();
  EXPECT_EQ(provision(1).status, 200);
  EXPECT_EQ(site.service.last_token, tokens.at("leaf-1its true key"));
}

}  // namespace
}  // namespace leafgate::relay_test
