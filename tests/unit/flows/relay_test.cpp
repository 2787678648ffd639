// Leaves that nothing here can check: the service decides, live (semantics §3 rows 10 and 11).
#include "gateway/flows/relay.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string leaf(int n) { return "leaf-" + std::to_string(n); }
std::string address(int n) { return "192.0.2." + std::to_string(n); }

struct RelayTest : testing::Test {
  RelayTest() {
    site.policy.unknown = UnknownPolicy::relay;
    site.restart();
  }

  // What the leaf has heard after `patience`; nothing yet: empty.
  std::optional<Answer> admit(Attempt attempt, Millis patience) {
    const auto heard = std::make_shared<std::optional<Answer>>();
    const auto ask = [](Site& of, Attempt what, std::shared_ptr<std::optional<Answer>> into) -> Task<void> {
      *into = co_await of.running->admission.admit(std::move(what));
    };
    site.simulator.spawn(ask(site, std::move(attempt), heard));
    site.simulator.run_for(patience);
    return *heard;
  }
  Attempt attempt(const std::string& id, const std::string& from, const std::string& key = "its true key") {
    Attempt a = site.attempt(id, tokens.try_emplace(id + key, site.token(id, key, hours(10))).first->second);
    a.source.address = from;
    return a;
  }
  std::optional<Answer> ask(int n, Millis patience = seconds(1)) {
    return admit(attempt(leaf(n), address(n)), patience);
  }
  Answer poll(int n, const OperationId& operation, const std::string& key = "its true key") {
    Attempt a = attempt(leaf(n), address(n), key);
    a.operation = operation;
    return admit(std::move(a), Millis(0)).value();
  }
  // As an SDK does, until the operation ends.
  Answer provision(int n, Millis patience = minutes(2)) {
    Answer answer = ask(n, seconds(6)).value();
    const TimePoint give_up = site.simulator.now() + patience;
    while (answer.status == 202 && site.simulator.now() < give_up) {
      site.simulator.run_for(answer.retry_after);
      answer = poll(n, *answer.operation);
    }
    return answer;
  }

  Site site;
  std::map<std::string, std::string> tokens;  // a leaf signs once
};

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

TEST_F(RelayTest, TakesOneOfASourceAndOneOfAnIdAtATime) {
  site.service.latency = seconds(3);
  EXPECT_FALSE(ask(1));
  const auto same_source = admit(attempt("leaf-2", address(1)), Millis(300));
  const auto same_id = admit(attempt("leaf-1", address(3), "another key"), Millis(300));
  EXPECT_EQ(same_source.value().status, 202) << "at once: it has to wait";
  EXPECT_EQ(same_id.value().status, 202);
  site.simulator.run_for(seconds(5));
  EXPECT_EQ(site.service.register_times.size(), 1U);
  site.simulator.run_for(seconds(30));
  EXPECT_EQ(site.service.register_times.size(), 3U);
}

TEST_F(RelayTest, LetsSoManyOfASourceWaitAndNoMore) {
  site.service.latency = seconds(3);
  for (int n = 0; n < 8; ++n)
    EXPECT_NE(admit(attempt(leaf(n), address(1)), seconds(0)).value_or(Answer()).status, 429);
  const auto told = admit(attempt(leaf(8), address(1)), seconds(1)).value();
  EXPECT_EQ(told.status, 429);
  EXPECT_GT(told.retry_after, Seconds(0));
  EXPECT_EQ(admit(attempt(leaf(9), address(2)), Millis(300)), std::nullopt) << "another source has its slot";
}

TEST_F(RelayTest, TakesAFifthOfThePaceAtMost) {
  site.options.registrations_per_minute = 60;
  site.restart();
  for (int n = 1; n <= 40; ++n) (void)ask(n, Millis(0));
  for (int i = 0; i < 40; ++i) {  // they keep polling
    site.simulator.run_for(seconds(3));
    for (int n = 1; n <= 40; ++n) (void)ask(n, Millis(0));
  }
  EXPECT_NEAR(static_cast<double>(site.service.register_times.size()), 24, 2);
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

TEST_F(RelayTest, HoldsASourceBackThatTheServiceKeepsRefusing) {
  site.service.refuse_status = 401;
  for (int n = 0; n < 8; ++n)
    EXPECT_EQ(admit(attempt(leaf(n), address(1)), seconds(15)).value().status, 401) << n;
  EXPECT_EQ(admit(attempt(leaf(8), address(1)), seconds(1)).value().status, 429);
  EXPECT_EQ(site.service.register_times.size(), 8U);
  EXPECT_EQ(ask(9, seconds(15)).value().status, 401) << "others are heard";
  site.simulator.run_for(minutes(2));
  site.service.refuse_status = 0;
  EXPECT_EQ(admit(attempt(leaf(8), address(1)), seconds(5)).value().status, 202);
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
}  // namespace leafgate
