// The forwarder against a service with every kind of trouble, in virtual time.
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::forward_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string leaf(int n) { return "leaf-" + std::to_string(n); }

TEST(Forward, AnOutageDelaysAndLosesNothing) {
  Site site;
  for (int i = 0; i < 200; ++i) site.enroll(leaf(i));
  site.service.up = false;
  for (int i = 0; i < 200; ++i) EXPECT_EQ(site.register_leaf(leaf(i)).status, 202);
  EXPECT_EQ(site.registrations.rows.size(), 200U);
  site.simulator.run_for(hours(2));
  EXPECT_FALSE(site.running->forwarder.state().up);
  EXPECT_EQ(site.running->forwarder.state().reason, Reason::service_unreachable);
  EXPECT_EQ(site.registrations.rows.size(), 200U);
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  EXPECT_TRUE(site.running->forwarder.state().up);
  EXPECT_TRUE(site.registrations.rows.empty());
  for (int i = 0; i < 200; ++i) EXPECT_EQ(site.service.registered[leaf(i)], 1) << i;
}

TEST(Forward, ADownServiceIsProbedByOneAtATimeAndSeldom) {
  Site site;
  for (int i = 0; i < 50; ++i) site.enroll(leaf(i));
  site.service.up = false;
  for (int i = 0; i < 50; ++i) (void)site.register_leaf(leaf(i));
  site.simulator.run_for(minutes(5));
  const auto sent = site.running->forwarder.sent();
  site.simulator.run_for(hours(1));
  EXPECT_LE(site.running->forwarder.sent() - sent, 180U);  // decorrelated back-off up to a minute
  EXPECT_GE(site.running->forwarder.sent() - sent, 30U);
}

TEST(Forward, ALinkThatIsDownWithNothingToSendComesBackByItself) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  site.service.up = false;
  site.simulator.run_for(hours(25));
  EXPECT_EQ(site.provision("leaf-1").status,
            200);  // stale: asks behind the answer, and finds the service away
  site.simulator.run_for(minutes(1));
  EXPECT_FALSE(site.running->forwarder.state().up);
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  EXPECT_TRUE(site.running->forwarder.state().up);
}

TEST(Forward, ThePaceIsKept) {
  Site site;
  site.stop();
  site.options.registrations_per_minute = 30;
  site.start();
  for (int i = 0; i < 90; ++i) site.enroll(leaf(i));
  for (int i = 0; i < 90; ++i) (void)site.register_leaf(leaf(i));
  site.simulator.run_for(minutes(4));
  ASSERT_EQ(site.service.register_times.size(), 90U);
  for (std::size_t i = 1; i < 90; ++i)
    EXPECT_GE(site.service.register_times[i] - site.service.register_times[i - 1], seconds(2) - Millis(1))
        << i;
  EXPECT_LE(site.service.register_times.back() - site.service.register_times.front(),
            minutes(3) + seconds(5));
}

TEST(Forward, A429IsObeyedHalvesThePaceAndReachesNoLeaf) {
  Site site;
  site.stop();
  site.options.registrations_per_minute = 60;
  site.start();
  site.enroll("leaf-1");
  site.service.throttle_next = 3;
  const Answer first = site.register_leaf("leaf-1");
  ASSERT_EQ(first.status, 202);
  site.simulator.run_for(seconds(2));
  EXPECT_DOUBLE_EQ(site.running->forwarder.pace_per_minute(), 30);
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 202);
  site.simulator.run_for(minutes(1));
  ASSERT_EQ(site.service.register_times.size(), 4U);
  for (std::size_t i = 1; i < 4; ++i)
    EXPECT_GE(site.service.register_times[i] - site.service.register_times[i - 1], seconds(5));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
  EXPECT_TRUE(site.running->forwarder.state().up);
  site.simulator.run_for(minutes(40));
  (void)site.running->forwarder.pace_per_minute();
  EXPECT_EQ(site.provision("leaf-1", "9").status, 200);
  EXPECT_DOUBLE_EQ(site.running->forwarder.pace_per_minute(), 60);
}

TEST(Forward, AServiceThatIsInTroubleIsLeftInPeaceByEverybodyForAsLongAsItAsks) {
  for (const int status : {503, 408}) {
    Site site;
    for (int i = 0; i < 20; ++i) site.enroll(leaf(i));
    ServiceAnswer busy = FakeProvisioningService::refusal(status, status * 1000);
    busy.retry_after = Seconds(600);
    site.service.at_call.emplace(1, busy);
    (void)site.register_leaf(leaf(0));
    site.simulator.run_for(seconds(1));
    for (int i = 1; i < 20; ++i) ASSERT_EQ(site.register_leaf(leaf(i)).status, 202);
    site.simulator.run_for(seconds(590));
    EXPECT_TRUE(site.service.register_times.empty()) << status;
    EXPECT_EQ(site.service.calls, 1) << status;
    EXPECT_DOUBLE_EQ(site.running->forwarder.pace_per_minute(), 60'000) << "the pace stays";
    site.simulator.run_for(minutes(2));
    EXPECT_EQ(site.service.registered.size(), 20U) << status;
  }
}

TEST(Forward, APollComesAgainWhenTheServiceSaysAndHoldsNobodyElse) {
  Site site;
  site.enroll("leaf-1");
  site.enroll("leaf-2");
  ServiceAnswer busy = FakeProvisioningService::refusal(429, 429001);
  busy.retry_after = Seconds(300);
  site.service.at_call.emplace(2, busy);
  (void)site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(10));
  ASSERT_EQ(site.service.calls, 2);
  EXPECT_EQ(site.provision("leaf-2").registration_status, RegistrationStatus::assigned);
  EXPECT_DOUBLE_EQ(site.running->forwarder.pace_per_minute(), 60'000);
  const int calls = site.service.calls;
  site.simulator.run_for(seconds(250));
  EXPECT_EQ(site.service.calls, calls);
  site.simulator.run_for(seconds(60));
  EXPECT_EQ(site.service.calls, calls + 1);
  EXPECT_TRUE(site.registrations.records.at("leaf-1").registration.assignment);
}

TEST(Forward, WhoWaitsNowGoesBeforeBacklogAndFirstTimersBeforeRepeats) {
  Site site;
  site.stop();
  site.options.registrations_per_minute = 60;
  site.start();
  for (const char* id : {"old-1", "old-2", "waiting", "repeat"}) site.enroll(id);
  ASSERT_EQ(site.provision("repeat").status, 200);
  site.service.up = false;
  (void)site.register_leaf("old-1");
  site.simulator.run_for(seconds(30));  // the link is known to be down: what comes now is backlog
  (void)site.register_leaf("old-2");
  site.restart();  // all of it is backlog now
  site.service.up = true;
  site.service.order.clear();
  (void)site.register_leaf("repeat", "changed");
  (void)site.register_leaf("waiting");
  site.simulator.run_for(minutes(2));
  ASSERT_EQ(site.service.order.size(), 4U);
  const std::vector<std::string> tail(site.service.order.end() - 3, site.service.order.end());
  EXPECT_EQ(tail, (std::vector<std::string>{"waiting", "repeat", "old-2"}));
}

TEST(Forward, FailedIsFinalAndToldAndBlocksNobody) {
  Site site;
  site.enroll("leaf-1");
  site.enroll("leaf-2");
  site.service.ends["leaf-1"] = RegistrationStatus::failed;
  const Answer end = site.provision("leaf-1");
  EXPECT_EQ(end.status, 200);
  EXPECT_EQ(end.registration_status, RegistrationStatus::failed);
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_EQ(site.provision("leaf-2").registration_status, RegistrationStatus::assigned);
}

// As the list of the service shuts one device of a group out.
TEST(Forward, ADisabledRecordOfItsOwnEndsWhatItsGroupHasTaken) {
  Site site;
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "line";
  group.mechanism = Mechanism::symmetric_key;
  group.etag = "1";
  group.match = {"leaf-*"};
  group.primary_key = site.trust.seal(Site::key("the group key"), reference(group)).value();
  site.enrollments.put(std::move(group));
  site.running->ledger.enrollments_changed();
  const std::string own(as_text(crypto::hmac_sha256(as_bytes("the group key"), as_bytes("leaf-1"))));
  site.service.up = false;
  ASSERT_EQ(site.admit(site.attempt("leaf-1", site.token("leaf-1", own))).status, 202);
  site.simulator.run_for(minutes(1));
  site.enroll("leaf-1", "", {}, false);
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  const auto outcome = site.registrations.records.at("leaf-1").registration.outcome;
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, RegistrationStatus::disabled);
  EXPECT_EQ(outcome->error_code, 403000);
  EXPECT_TRUE(site.service.registered.empty());
}

TEST(Forward, OnlyDisabledWithdrawsWhatIsKnown) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  site.service.ends["leaf-1"] = RegistrationStatus::failed;
  EXPECT_EQ(site.provision("leaf-1", "2").registration_status, RegistrationStatus::failed);
  EXPECT_TRUE(site.registrations.records.at("leaf-1").registration.assignment);
  EXPECT_EQ(site.register_leaf("leaf-1").reason, Reason::answered_from_cache);
  site.service.ends["leaf-1"] = RegistrationStatus::disabled;
  EXPECT_EQ(site.provision("leaf-1", "3").registration_status, RegistrationStatus::disabled);
  EXPECT_FALSE(site.registrations.records.at("leaf-1").registration.assignment);
}

TEST(Forward, AnImplausibleAnswerToMoreThanOnePausesTheLaneAndBlamesNoLeaf) {
  Site site;
  site.enroll("leaf-1");
  site.enroll("leaf-2");
  site.service.implausible = true;
  const Answer first = site.register_leaf("leaf-1");
  (void)site.register_leaf("leaf-2");
  site.simulator.run_for(minutes(10));
  EXPECT_FALSE(site.running->forwarder.state().up);
  EXPECT_EQ(site.running->forwarder.state().reason, Reason::service_answer_implausible);
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 202);
  site.service.implausible = false;
  site.simulator.run_for(minutes(3));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
}

// A hub that is not believed, a state too deep: what a rule at the service says of one leaf.
TEST(Forward, WhatMakesNoSenseToOneLeafAloneKeepsNobodyElseWaiting) {
  Site site;
  for (const char* id : {"odd", "leaf-1", "leaf-2"}) site.enroll(id);
  site.service.attest = [](const RegistrationId& id, const auto&, const auto&) {
    std::optional<ServiceAnswer> said;
    if (id.key() != "odd") return said;
    said.emplace().http_status = 200;
    said->status = RegistrationStatus::assigned;
    said->registration_id = said->device_id = "odd";
    said->assigned_hub = "192.0.2.1";
    return said;
  };
  const Answer first = site.register_leaf("odd");
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(code(site.running->forwarder.state().reason), "service-answer-implausible");
  EXPECT_EQ(site.provision("leaf-1", {}, minutes(3)).registration_status, RegistrationStatus::assigned);
  EXPECT_TRUE(site.running->forwarder.state().up);
  site.service.order.clear();
  site.simulator.run_for(hours(2));
  EXPECT_TRUE(site.running->forwarder.state().up);
  EXPECT_LE(std::count(site.service.order.begin(), site.service.order.end(), "odd"), 30);
  EXPECT_EQ(site.provision("leaf-2", {}, seconds(10)).registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(site.poll("odd", *first.operation).reason, Reason::service_answer_implausible);
  site.service.attest = nullptr;
  site.simulator.run_for(minutes(16));
  EXPECT_EQ(site.poll("odd", *first.operation).registration_status, RegistrationStatus::assigned);
}

TEST(Forward, A401ToAGoodProofIsBelievedOnlyWhenRepeatedWhileOthersPass) {
  Site site;
  site.enroll("leaf-1");
  site.enroll("leaf-2");
  site.service.refuse_ids.insert("leaf-1");
  const Answer first = site.register_leaf("leaf-1");
  site.simulator.run_for(hours(2));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status,
            202);  // nobody else passed: perhaps all are refused
  ASSERT_EQ(site.provision("leaf-2").status, 200);
  site.simulator.run_for(minutes(31));
  const Answer end = site.poll("leaf-1", *first.operation);
  EXPECT_EQ(end.status, 401);
  EXPECT_EQ(end.reason, Reason::service_refused);
}

TEST(Forward, AnIpFilterForAnHourWithdrawsNothing) {
  Site site;
  site.enroll("leaf-1");
  site.enroll("leaf-2");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  site.service.refuse_status = 401;
  const Answer changed = site.register_leaf("leaf-1", "2");
  const Answer fresh = site.register_leaf("leaf-2");
  site.simulator.run_for(hours(1));
  EXPECT_TRUE(site.registrations.records.at("leaf-1").registration.assignment);
  EXPECT_EQ(site.poll("leaf-2", *fresh.operation).status, 202);
  site.service.refuse_status = 0;
  site.simulator.run_for(minutes(16));
  EXPECT_EQ(site.poll("leaf-1", *changed.operation).status, 200);
  EXPECT_EQ(site.poll("leaf-2", *fresh.operation).status, 200);
}

TEST(Forward, NeverEndingAssigningDoesNotHoldTheLeafOrTheLane) {
  Site site;
  site.enroll("leaf-1");
  site.enroll("leaf-2");
  site.service.polls_until_done = 1'000'000;
  const Answer first = site.register_leaf("leaf-1");
  site.simulator.run_for(minutes(12));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 202);
  site.service.polls_until_done = 0;
  EXPECT_EQ(site.provision("leaf-2").status, 200);
  site.simulator.run_for(minutes(10));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
}

TEST(Forward, WithoutATrustedClockNoTokenIsMade) {
  Site site;
  site.enroll("leaf-1");
  site.clock.quality = ClockQuality::unsynced;
  const Answer first = site.register_leaf("leaf-1");
  EXPECT_EQ(first.status, 202);
  site.simulator.run_for(minutes(10));
  EXPECT_EQ(site.service.registered["leaf-1"], 0);
  site.clock.quality = ClockQuality::synced;
  site.simulator.run_for(minutes(2));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
}

TEST(Forward, AMovedLeafHearsItsNewHubAfterTheRefreshBehindItsAnswer) {
  Site site;
  site.enroll("leaf-1");
  ASSERT_EQ(site.provision("leaf-1").status, 200);
  site.service.hubs["leaf-1"] = "hub2.azure-devices.net";
  site.simulator.run_for(hours(25));
  EXPECT_NE(site.provision("leaf-1").state.find("hub1."), std::string::npos);  // at once, from cache
  site.simulator.run_for(minutes(1));
  EXPECT_NE(site.provision("leaf-1").state.find("hub2."), std::string::npos);
  EXPECT_TRUE(site.registrations.rows.empty());
}

TEST(Forward, StoppingInTheMiddleOfAnOperationKeepsItsRow) {
  Site site;
  site.enroll("leaf-1");
  site.service.polls_until_done = 5;
  const Answer first = site.register_leaf("leaf-1");
  site.simulator.run_for(seconds(5));
  site.restart();
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
}

}  // namespace
}  // namespace leafgate::forward_test
