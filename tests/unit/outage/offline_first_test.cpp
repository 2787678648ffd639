// First registrations while the service is away: accepted, finished when it is back, in each of the three
// ways a leaf may come for its end, with the gateway started anew in between (semantics §5).
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::offline_first_test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* hub = "hub1.azure-devices.net";

class OfflineFirst : public ::testing::Test {
 protected:
  Site site_;

  OfflineFirst() { site_.service.latency = minutes(1); }

  void go_offline() {
    site_.service.up = false;
    site_.enroll("nobody-knows");
    (void)site_.register_leaf("nobody-knows");  // finds out
    site_.running->forwarder.doubt();           // also where that one is known by now
    site_.simulator.run_for(minutes(5));
    ASSERT_FALSE(site_.running->forwarder.state().up);
  }
  void come_back() {
    site_.service.up = true;
    site_.simulator.run_for(minutes(20));
    ASSERT_TRUE(site_.running->forwarder.state().up);
  }
  void enroll_with_one_hub(const std::string& id, const std::string& device_id = {}) {
    Enrollment e;
    e.id = id;
    e.mechanism = Mechanism::symmetric_key;
    e.etag = "1";
    e.primary_key = site_.trust.seal(Site::key("the primary key of it"), reference(e)).value();
    e.provisional = true;
    e.only_hub = hub;
    e.device_id = device_id;
    site_.enrollments.put(std::move(e));
    site_.running->ledger.enrollments_changed();
  }
  Answer register_direct(const std::string& id, const std::string& payload = {}) {
    Attempt a = site_.attempt(id, site_.token(id), payload);
    a.direct = true;
    return site_.admit(std::move(a));
  }
  const Promise* promise(const std::string& id) {
    const auto at = site_.registrations.outcomes.promises.find(id);
    return at == site_.registrations.outcomes.promises.end() ? nullptr : &at->second;
  }
  PromiseState state(const std::string& id) { return promise(id)->state; }
};

TEST_F(OfflineFirst, IsFinishedForALeafThatStaysAndPolls) {
  go_offline();
  site_.enroll("pump-1");
  const Answer first = site_.register_leaf("pump-1");
  ASSERT_EQ(first.status, 202);
  EXPECT_EQ(first.reason, Reason::queued_offline);
  EXPECT_EQ(site_.poll("pump-1", *first.operation).status, 202);
  EXPECT_EQ(state("pump-1"), PromiseState::queued);
  come_back();
  const Answer end = site_.poll("pump-1", *first.operation);
  EXPECT_EQ(end.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(state("pump-1"), PromiseState::confirmed);
}

TEST_F(OfflineFirst, IsFinishedForALeafThatPollsAgainByTheSameTokenAfterARestart) {
  go_offline();
  site_.enroll("pump-1");
  const std::string token = site_.token("pump-1", "the primary key of it", days(30));
  const Answer first = site_.admit(site_.attempt("pump-1", token));
  ASSERT_EQ(first.status, 202);
  site_.restart();
  site_.simulator.run_for(days(3));
  site_.restart();
  come_back();
  Attempt again = site_.attempt("pump-1", token);
  again.operation = first.operation;
  EXPECT_EQ(site_.admit(std::move(again)).registration_status, RegistrationStatus::assigned);
  const Answer by_another_token = site_.poll("pump-1", *first.operation);
  EXPECT_EQ(by_another_token.registration_status, RegistrationStatus::assigned);
}

TEST_F(OfflineFirst, IsJoinedByALeafThatRegistersAnewAfterARestart) {
  go_offline();
  site_.enroll("pump-1");
  const Answer first = site_.register_leaf("pump-1");
  site_.restart();
  go_offline();
  const Answer second = site_.register_leaf("pump-1");
  ASSERT_EQ(second.status, 202);
  EXPECT_EQ(second.operation->text(), first.operation->text());
  EXPECT_EQ(second.reason, Reason::joined_open_operation);
  come_back();
  EXPECT_EQ(site_.poll("pump-1", *first.operation).registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(site_.service.registered["pump-1"], 1);
}

TEST_F(OfflineFirst, TellsItsOnlyHubAtOnceWhereItsEnrollmentSaysSo) {
  go_offline();
  enroll_with_one_hub("pump-1", "press-1");
  const Answer answer = register_direct("pump-1");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.reason, Reason::provisional_assignment);
  EXPECT_NE(answer.state.find(R"("assignedHub":"hub1.azure-devices.net","deviceId":"press-1")"),
            std::string::npos)
      << answer.state;
  EXPECT_NE(answer.state.find(R"("substatus":"initialAssignment")"), std::string::npos);
  const Registration& kept = site_.registrations.records.at("pump-1").registration;
  ASSERT_TRUE(kept.assignment);
  EXPECT_TRUE(kept.assignment->provisional);
  EXPECT_NE(kept.assignment->receipt, 0);
  EXPECT_EQ(state("pump-1"), PromiseState::provisional);
  EXPECT_EQ(site_.registrations.rows.size(), 2U);

  site_.restart();
  go_offline();
  const Answer again = register_direct("pump-1");  // also beyond offline trust: it rests on its enrollment
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.reason, Reason::provisional_assignment);
  EXPECT_EQ(again.state, answer.state);
  site_.simulator.run_for(days(40));
  EXPECT_EQ(register_direct("pump-1").status, 200);
}

TEST_F(OfflineFirst, TellsALeafThatTakesNoDirectAnswerByItsPoll) {
  go_offline();
  enroll_with_one_hub("pump-1");
  const Answer first = site_.register_leaf("pump-1");
  ASSERT_EQ(first.status, 202);
  EXPECT_EQ(site_.poll("pump-1", *first.operation).registration_status, RegistrationStatus::assigned);
  site_.restart();
  EXPECT_EQ(site_.poll("pump-1", *first.operation).registration_status, RegistrationStatus::assigned);
}

TEST_F(OfflineFirst, ConfirmsWhatWasToldAhead) {
  go_offline();
  enroll_with_one_hub("pump-1");
  ASSERT_EQ(register_direct("pump-1").status, 200);
  come_back();
  EXPECT_FALSE(site_.registrations.records.at("pump-1").registration.assignment->provisional);
  EXPECT_EQ(state("pump-1"), PromiseState::confirmed);
  EXPECT_EQ(site_.service.registered["pump-1"], 1);
  EXPECT_EQ(register_direct("pump-1").reason, Reason::answered_from_cache);
}

TEST_F(OfflineFirst, MovesALeafThatTheServiceHasPutElsewhereAtItsNextContact) {
  go_offline();
  enroll_with_one_hub("pump-1");
  ASSERT_EQ(register_direct("pump-1").status, 200);
  site_.service.hubs["pump-1"] = "hub2.azure-devices.net";
  come_back();
  ASSERT_EQ(state("pump-1"), PromiseState::rehomed);
  EXPECT_FALSE(promise("pump-1")->told);
  const Answer next = register_direct("pump-1");
  EXPECT_NE(next.state.find("hub2.azure-devices.net"), std::string::npos);
  site_.simulator.run_for(minutes(1));
  EXPECT_TRUE(promise("pump-1")->told);
}

TEST_F(OfflineFirst, TakesBackWhatWasToldAheadWhenTheServiceSaysNo) {
  go_offline();
  enroll_with_one_hub("pump-1");
  ASSERT_EQ(register_direct("pump-1").status, 200);
  site_.service.ends["pump-1"] = RegistrationStatus::failed;
  come_back();
  EXPECT_EQ(state("pump-1"), PromiseState::refused);
  EXPECT_FALSE(site_.registrations.records.at("pump-1").registration.assignment);
  site_.service.latency = Millis(20);
  EXPECT_EQ(site_.provision("pump-1").registration_status, RegistrationStatus::failed);
  site_.simulator.run_for(minutes(1));
  EXPECT_TRUE(promise("pump-1")->told);
  // The next time the service is away the leaf is not told ahead: its last word was no.
  go_offline();
  EXPECT_EQ(register_direct("pump-1").status, 202);
}

TEST_F(OfflineFirst, TellsNothingAheadInDoubt) {
  go_offline();
  enroll_with_one_hub("pump-1");
  site_.clock.quality = ClockQuality::unsynced;
  EXPECT_EQ(register_direct("pump-1").status, 202);
  site_.clock.quality = ClockQuality::synced;
  site_.running->admission.set_doubt(Reason::store_foreign);
  EXPECT_EQ(register_direct("pump-1").status, 202);
  site_.running->admission.set_doubt(Reason::none);
  EXPECT_EQ(register_direct("pump-1").status, 200);
}

TEST_F(OfflineFirst, TellsAheadALeafThatWasQueuedBeforeItsEnrollmentSaidSo) {
  go_offline();
  site_.enroll("pump-1");
  const Answer queued = site_.register_leaf("pump-1");
  ASSERT_EQ(queued.status, 202);
  enroll_with_one_hub("pump-1");
  ASSERT_EQ(register_direct("pump-1").status, 200);
  EXPECT_EQ(state("pump-1"), PromiseState::provisional);
  EXPECT_EQ(site_.registrations.rows.size(), 2U);
  come_back();
  EXPECT_EQ(site_.poll("pump-1", *queued.operation).registration_status, RegistrationStatus::assigned);
}

TEST_F(OfflineFirst, TakesBackThePromiseOfAnOperationThatIsDropped) {
  go_offline();
  enroll_with_one_hub("pump-1");
  ASSERT_EQ(register_direct("pump-1").status, 200);
  auto drop = site_.running->forwarder.drop(RegistrationId::parse("pump-1").value());
  ASSERT_TRUE(site_.simulator.run(std::move(drop)).value());
  EXPECT_EQ(promise("pump-1"), nullptr);
  EXPECT_FALSE(site_.registrations.records.at("pump-1").registration.assignment);
  EXPECT_EQ(register_direct("pump-1").status, 200);
}

TEST_F(OfflineFirst, SaysThatWhatTheDiskRefusedWasNotPromised) {
  go_offline();
  enroll_with_one_hub("pump-1");
  site_.registrations.fail.fail_call(2, Error(Errc::store_full, "no room"));  // the first one looks for it
  EXPECT_EQ(register_direct("pump-1").status, 503);
  EXPECT_EQ(promise("pump-1"), nullptr);
  EXPECT_EQ(register_direct("pump-1").status, 200);
}

TEST_F(OfflineFirst, TellsNothingAheadWhereTheServiceIsThereAndSaysNo) {
  site_.service.latency = Millis(20);
  for (const char* id : {"new-1", "new-2", "new-3"}) enroll_with_one_hub(id);
  site_.service.refuse_status = 404;
  for (const char* id : {"new-1", "new-2"}) ASSERT_EQ(register_direct(id).status, 202);
  site_.simulator.run_for(minutes(1));
  ASSERT_EQ(site_.running->forwarder.state().reason, Reason::service_refuses_everybody);
  for (const char* id : {"new-1", "new-2", "new-3"}) EXPECT_EQ(register_direct(id).status, 202) << id;
  // It goes away altogether: of those it has refused nothing is known that could be told.
  site_.service.refuse_status = 0;
  site_.service.up = false;
  site_.simulator.run_for(minutes(10));
  ASSERT_EQ(site_.running->forwarder.state().reason, Reason::service_unreachable);
  EXPECT_EQ(register_direct("new-1").status, 202);
  EXPECT_EQ(register_direct("new-3").reason, Reason::provisional_assignment);
}

}  // namespace
}  // namespace leafgate::offline_first_test
