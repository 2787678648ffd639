// What is learnt of leaves that went through to the service (semantics §5, §6).
#include "gateway/flows/learner.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_service_directory.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::learner_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Says = Lesson::Says;

RegistrationState assigned_at(const std::string& id, WallTime updated) {
  RegistrationState state;
  state.http_status = 200;
  state.status = RegistrationStatus::assigned;
  state.registration_id = id;
  state.assigned_hub = "hub1.azure-devices.net";
  state.device_id = id;
  state.etag = "e7";
  state.state = R"({"registrationId":")" + id + R"(","status":"assigned"})";
  state.last_updated = updated;
  return state;
}

struct LearnerTest : testing::Test {
  Site site;
  FakeServiceDirectory directory;
  Findings findings{site.running->ports};
  Passes& passes = site.running->passes;
  ApiPace pace{60};
  Learner learner{
      site.simulator.executor(),
      {directory, findings, site.running->forwarder, site.running->meter, site.clock, passes, pace},
      {}};
  WallTime begun = site.clock.now().at;

  LearnerTest() { site.simulator.spawn(learner.run()); }
  ~LearnerTest() override {
    learner.stop();
    site.simulator.run_for(Millis(1));
  }

  void passes_through(const std::string& id, bool answered = true) {
    PassedSession session;
    session.claimed_id = id;
    session.source.address = "192.0.2.9";
    session.begun = begun;
    session.answered = answered;
    learner.passed(session);
    site.simulator.run_for(Millis(1));
  }
  [[nodiscard]] std::optional<Assignment> known(const std::string& id) const {
    const auto at = site.registrations.records.find(id);
    if (at == site.registrations.records.end()) return std::nullopt;
    return at->second.registration.assignment;
  }
};

TEST_F(LearnerTest, learns_where_a_leaf_is_and_nothing_that_it_showed) {
  directory.states["pump-1"] = assigned_at("Pump-1", begun + seconds(2));
  passes_through("Pump-1");
  ASSERT_TRUE(known("pump-1"));
  EXPECT_EQ(known("pump-1")->assigned_hub, "hub1.azure-devices.net");
  EXPECT_EQ(known("pump-1")->credential, "");
  EXPECT_EQ(known("pump-1")->request_digest, "");
  const auto& notes = site.registrations.records.at("pump-1").notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_EQ(notes[0].reason, Reason::learnt_from_service);
  EXPECT_EQ(learner.waiting(), 0U);
}

TEST_F(LearnerTest, forgets_nothing_of_a_leaf_that_proved_itself_here) {
  site.enroll("pump-1");
  ASSERT_EQ(site.provision("pump-1").registration_status, RegistrationStatus::assigned);
  const Assignment earned = known("pump-1").value();
  directory.states["pump-1"] = assigned_at("pump-1", begun + seconds(2));
  passes_through("pump-1");  // anybody, with its id in a certificate
  EXPECT_EQ(learner.learnt(), 1U);
  EXPECT_EQ(known("pump-1")->credential, earned.credential);
  EXPECT_EQ(known("pump-1")->enrollment_id, earned.enrollment_id);
  site.running->forwarder.doubt();
  site.service.up = false;
  site.simulator.run_for(seconds(1));
  EXPECT_EQ(site.provision("pump-1", {}, seconds(10)).registration_status, RegistrationStatus::assigned)
      << "still answered while the service is away";
}

TEST_F(LearnerTest, is_told_when_the_service_moved_a_leaf_that_proved_itself_here) {
  site.enroll("pump-1");
  ASSERT_EQ(site.provision("pump-1").registration_status, RegistrationStatus::assigned);
  directory.states["pump-1"] = assigned_at("pump-1", begun + seconds(2));
  directory.states["pump-1"].assigned_hub = "hub2.azure-devices.net";
  passes_through("pump-1");
  EXPECT_EQ(known("pump-1")->assigned_hub, "hub2.azure-devices.net");
  EXPECT_EQ(known("pump-1")->credential, "") << "by what it was earned is not known";
}

TEST_F(LearnerTest, looks_again_while_the_state_is_older_than_the_connection) {
  directory.states["pump-1"] = assigned_at("pump-1", begun - minutes(30));
  passes_through("pump-1");
  EXPECT_FALSE(known("pump-1"));
  site.simulator.run_for(seconds(4));
  EXPECT_EQ(directory.asked.size(), 2U);
  directory.states["pump-1"] = assigned_at("pump-1", begun + seconds(3));
  site.simulator.run_for(seconds(20));
  EXPECT_TRUE(known("pump-1"));
}

TEST_F(LearnerTest, gives_up_a_leaf_that_the_service_did_not_take) {
  directory.states["pump-1"] = assigned_at("pump-1", begun - minutes(30));
  passes_through("pump-1");
  site.simulator.run_for(minutes(60));
  EXPECT_EQ(learner.waiting(), 0U);
  EXPECT_EQ(directory.asked.size(), 6U);
  EXPECT_EQ(site.registrations.writes, 0);
  EXPECT_EQ(learner.given_up(), 1U);
}

// Without a time service the gateway's clock may be hours off: what counts is the service's own.
TEST_F(LearnerTest, learns_also_where_its_own_clock_is_hours_off) {
  for (const std::chrono::hours off : {std::chrono::hours(5), std::chrono::hours(-5)}) {
    const std::string id = off.count() > 0 ? "fast" : "slow";
    const WallTime there = begun - off;
    directory.states[id] = assigned_at(id, there + seconds(2));
    directory.states[id].answered_at = there + seconds(3);
    passes_through(id);
    EXPECT_TRUE(known(id)) << id;
    // And the state of before the connection is known for what it is.
    directory.states["old"] = assigned_at("old", there - minutes(30));
    directory.states["old"].answered_at = there + seconds(3);
    passes_through("old");
    EXPECT_FALSE(known("old"));
  }
}

TEST_F(LearnerTest, a_clock_that_is_set_while_it_waits_changes_nothing) {
  directory.states["pump-1"] = assigned_at("pump-1", begun - minutes(30));
  directory.states["pump-1"].answered_at = begun;
  passes_through("pump-1");
  site.clock.start -= std::chrono::hours(3);
  directory.states["pump-1"] = assigned_at("pump-1", begun + seconds(2));
  directory.states["pump-1"].answered_at = begun + seconds(3);
  site.simulator.run_for(seconds(4));
  EXPECT_TRUE(known("pump-1"));
}

TEST_F(LearnerTest, asks_nothing_about_who_cannot_be_named_or_did_not_get_through) {
  passes_through("");
  passes_through("not an id!");
  passes_through("pump-1", false);
  EXPECT_TRUE(directory.asked.empty());
}

TEST_F(LearnerTest, keeps_to_its_share_of_the_quota) {
  for (int i = 0; i < 200; ++i) passes_through("pump-" + std::to_string(i));
  site.simulator.run_for(seconds(60) - Millis(200));
  EXPECT_LE(directory.asked.size(), 121U);  // 60 a minute, and a minute's worth at once
  site.simulator.run_for(minutes(3));
  EXPECT_EQ(learner.waiting(), 0U) << "the service knows none of them";
}

TEST_F(LearnerTest, waits_as_long_as_the_service_says) {
  directory.http_status = 429;
  directory.retry_after = seconds(90);
  passes_through("pump-1");
  site.simulator.run_for(seconds(89));
  EXPECT_EQ(directory.asked.size(), 1U);
  EXPECT_EQ(learner.trouble(), "HTTP 429");
  directory.http_status = 200;
  directory.states["pump-1"] = assigned_at("pump-1", begun);
  site.simulator.run_for(seconds(2));
  EXPECT_TRUE(known("pump-1"));
  EXPECT_EQ(learner.trouble(), "");
}

// The instance counts all who ask its API: the sync has the same budget.
TEST_F(LearnerTest, a_429_is_obeyed_by_whoever_else_asks) {
  directory.http_status = 429;
  directory.retry_after = seconds(90);
  passes_through("pump-1");
  EXPECT_FALSE(pace.take(LoopClock::now()));
  site.simulator.run_for(seconds(89));
  EXPECT_FALSE(pace.take(LoopClock::now()));
  directory.http_status = 200;
  site.simulator.run_for(seconds(2));
  EXPECT_TRUE(pace.take(LoopClock::now()));
}

TEST_F(LearnerTest, goes_easy_on_a_service_that_refuses_its_credential) {
  directory.http_status = 401;
  passes_through("pump-1");
  passes_through("pump-2");
  site.simulator.run_for(minutes(29));
  EXPECT_EQ(directory.asked.size(), 2U);
  EXPECT_EQ(learner.trouble(), "HTTP 401");
}

TEST_F(LearnerTest, does_not_keep_others_waiting_for_one_whose_hub_cannot_be_believed) {
  directory.states["pump-1"] = assigned_at("pump-1", begun);
  directory.states["pump-1"].assigned_hub = "192.0.2.1";
  passes_through("pump-1");
  EXPECT_EQ(learner.trouble(), "its hub is none that can be believed");
  directory.states["pump-2"] = assigned_at("pump-2", begun);
  passes_through("pump-2");
  EXPECT_TRUE(known("pump-2"));
  EXPECT_EQ(learner.learnt(), 1U);
  EXPECT_EQ(learner.waiting(), 1U) << "the other is asked about again";
}

TEST_F(LearnerTest, takes_back_what_the_service_disabled) {
  directory.states["pump-1"] = assigned_at("pump-1", begun);
  passes_through("pump-1");
  ASSERT_TRUE(known("pump-1"));
  directory.states["pump-1"].status = RegistrationStatus::disabled;
  passes_through("pump-1");
  EXPECT_FALSE(known("pump-1"));
}

TEST_F(LearnerTest, leaves_a_leaf_alone_whose_own_operation_is_open) {
  site.enroll("pump-1");
  site.service.latency = minutes(2);
  (void)site.register_leaf("pump-1");
  directory.states["pump-1"] = assigned_at("pump-1", begun);
  passes_through("pump-1");
  EXPECT_FALSE(known("pump-1"));
  EXPECT_EQ(learner.waiting(), 0U);
}

TEST_F(LearnerTest, knows_which_enrollment_took_the_certificate_that_was_shown_before) {
  passes.vouch("pump-1", {"group line", "7"});
  directory.states["pump-1"] = assigned_at("pump-1", begun);
  passes_through("pump-1");
  EXPECT_EQ(known("pump-1")->enrollment_id, "group line");
  EXPECT_EQ(known("pump-1")->enrollment_etag, "7");
  EXPECT_EQ(known("pump-1")->credential, "");
}

// A renewed certificate or a changed enrollment, found where it was: what it showed last counts from now on,
// else it would be changed, and sent through, for ever.
TEST_F(LearnerTest, what_was_shown_before_it_went_takes_the_place_of_what_was_earned_earlier) {
  directory.states["pump-1"] = assigned_at("pump-1", begun);
  passes.vouch("pump-1", {"group line", "6"});
  passes_through("pump-1");
  const ProofEnds ends{begun + std::chrono::days(30), begun + std::chrono::days(300)};
  passes.vouch("pump-1", {"group line", "7", ends});
  passes_through("pump-1");
  EXPECT_EQ(known("pump-1")->enrollment_etag, "7");
  EXPECT_EQ(known("pump-1")->credential, "");
  EXPECT_EQ(known("pump-1")->ends, ends);
}

TEST_F(LearnerTest, a_leaf_that_the_service_has_moved_shows_what_it_has_shown) {
  const ProofEnds ends{begun + std::chrono::days(30), std::nullopt};
  passes.vouch("pump-1", {"individual pump-1", "7", ends});
  directory.states["pump-1"] = assigned_at("pump-1", begun);
  passes_through("pump-1");
  RegistrationState moved = assigned_at("pump-1", begun);
  moved.assigned_hub = "hub2.azure-devices.net";
  site.simulator.run(findings.assigned(RegistrationId::parse("pump-1").value(),
                                       assignment_of(moved, PoweredTime(7), begun),
                                       Reason::learnt_from_service));
  EXPECT_EQ(known("pump-1")->assigned_hub, "hub2.azure-devices.net");
  EXPECT_EQ(known("pump-1")->ends, ends);
}

TEST_F(LearnerTest, takes_back_the_passes_of_a_leaf_whose_one_connection_did_it_all) {
  passes.grant("192.0.2.9", "pump-1");
  directory.states["pump-1"] = assigned_at("pump-1", begun);
  passes_through("pump-1");
  EXPECT_FALSE(passes.take("192.0.2.9", nullptr));
  passes.grant("192.0.2.9", "pump-1");
  passes.grant("192.0.2.9", "pump-2");  // another leaf of the address keeps its own
  passes_through("pump-1");
  EXPECT_EQ(passes.take("192.0.2.9", nullptr), "pump-2");
}

TEST_F(LearnerTest, leaves_the_passes_to_a_leaf_that_still_comes_for_its_poll) {
  passes.grant("192.0.2.9", "pump-1");
  directory.states["pump-1"] = assigned_at("pump-1", begun - minutes(30));
  passes_through("pump-1");
  directory.states["pump-1"] = assigned_at("pump-1", begun + seconds(3));
  site.simulator.run_for(seconds(4));
  EXPECT_TRUE(known("pump-1"));
  EXPECT_EQ(passes.take("192.0.2.9", nullptr), "pump-1");
}

TEST_F(LearnerTest, a_session_that_was_answered_is_told_with_its_leaf_and_not_written) {
  site.simulator.run(findings.passed(RegistrationId::parse("pump-1").value(), "192.0.2.9", "dps.example"));
  const auto record = site.running->ledger.peek("pump-1");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->notes.back().reason, Reason::passed_through);
  EXPECT_TRUE(record->notes.back().unverified);
  EXPECT_EQ(site.registrations.writes, 0);
}

struct StateRow {
  const char* what;
  std::function<void(RegistrationState&)> change;
  Says says;
};

TEST(JudgeState, believes_only_what_is_newer_plausible_and_about_the_leaf) {
  const WallTime begun{minutes(1'000'000)};
  const auto id = RegistrationId::parse("pump-1").value();
  const std::vector<StateRow> rows = {
      {"as it should be", [](auto&) {}, Says::assigned},
      {"another case of the id", [](auto& s) { s.registration_id = "PUMP-1"; }, Says::assigned},
      {"a minute of other clock", [&](auto& s) { s.last_updated = begun - seconds(60); }, Says::assigned},
      {"older", [&](auto& s) { s.last_updated = begun - seconds(61); }, Says::not_yet},
      {"without a time", [](auto& s) { s.last_updated.reset(); }, Says::not_yet},
      {"another leaf", [](auto& s) { s.registration_id = "pump-2"; }, Says::later},
      {"an address for a hub", [](auto& s) { s.assigned_hub = "192.0.2.1"; }, Says::implausible},
      {"no device", [](auto& s) { s.device_id.clear(); }, Says::implausible},
      {"assigning", [](auto& s) { s.status = RegistrationStatus::assigning; }, Says::not_yet},
      {"no status", [](auto& s) { s.status.reset(); }, Says::not_yet},
      {"failed", [](auto& s) { s.status = RegistrationStatus::failed; }, Says::not_so},
      {"disabled", [](auto& s) { s.status = RegistrationStatus::disabled; }, Says::disabled},
      {"404", [](auto& s) { s.http_status = 404; }, Says::not_so},
      {"401", [](auto& s) { s.http_status = 401; }, Says::forbidden},
      {"403", [](auto& s) { s.http_status = 403; }, Says::forbidden},
      {"500", [](auto& s) { s.http_status = 500; }, Says::later},
  };
  for (const StateRow& row : rows) {
    RegistrationState state = assigned_at("pump-1", begun + seconds(2));
    row.change(state);
    EXPECT_EQ(judge_state(state, id, begun, {}).says, row.says) << row.what;
  }
  EXPECT_EQ(judge_state(Error(Errc::unreachable, "cut"), id, begun, {}).says, Says::later);
  EXPECT_EQ(judge_state(assigned_at("pump-1", begun), id, begun, {"example.com"}).says, Says::implausible);
}

}  // namespace
}  // namespace leafgate::learner_test
