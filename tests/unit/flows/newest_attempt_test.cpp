// A leaf that asks for something else while its first request is on its way: what the service hears, what is
// stored and what is remembered must be one and the same attempt, whichever of the two ends first.
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::newest_attempt_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// Around the first request to the service, and around the poll that ends its operation.
std::vector<Millis> telling_moments() {
  std::vector<Millis> moments;
  for (int at = 0; at <= 80; at += 5) moments.emplace_back(at);
  for (int at = 2960; at <= 3120; at += 5) moments.emplace_back(at);
  return moments;
}

// Registers without waiting for the answer.
void begin_register(Site& site, const std::string& id, const std::string& payload) {
  const auto run = [](Admission& admission, Attempt attempt) -> Task<void> {
    (void)co_await admission.admit(std::move(attempt));
  };
  site.simulator.spawn(run(site.running->admission, site.attempt(id, site.token(id), payload)));
}

// What is remembered as earned must be what the service heard last.
void expect_settled_as(Site& site, const std::string& id, const std::string& payload,
                       const std::string& when) {
  const auto& registration = site.registrations.records.at(id).registration;
  ASSERT_TRUE(registration.assignment) << when;
  EXPECT_EQ(site.service.requests[id].payload, payload) << when;
  RegistrationRequest request;
  request.payload = payload;
  EXPECT_EQ(registration.assignment->request_digest, digest_of(request)) << when;
  EXPECT_TRUE(site.registrations.rows.empty()) << when;
  EXPECT_EQ(site.running->forwarder.operations().size(), 0U) << when;
}

TEST(NewestAttempt, OneThatFoundNoRoomIsNotTakenForTheStoredOne) {
  Site site;
  site.enroll("leaf-1");
  site.service.up = false;
  ASSERT_EQ(site.register_leaf("leaf-1", "1").status, 202);
  site.registrations.fail.fail_all(Error(Errc::store_full, "no space left on device"));
  EXPECT_EQ(site.register_leaf("leaf-1", "2").status, 503);
  site.registrations.fail.heal();
  site.service.up = true;
  site.simulator.run_for(minutes(3));
  expect_settled_as(site, "leaf-1", "1", "after the outage");
  EXPECT_EQ(site.provision("leaf-1", "2").status, 200);  // comes back, as it was told
  expect_settled_as(site, "leaf-1", "2", "after it came back");
}

TEST(NewestAttempt, WinsAtWhateverMomentItComes) {
  for (const Millis at : telling_moments()) {
    Site site;
    site.enroll("leaf-1");
    site.registrations.commit_time = Millis(30);
    const Answer first = site.register_leaf("leaf-1", "1");
    ASSERT_EQ(first.status, 202);
    site.simulator.run_for(at);
    const Answer second = site.register_leaf("leaf-1", "2");
    EXPECT_EQ(second.status, 202);
    site.simulator.run_for(minutes(1));
    const std::string when = "after " + std::to_string(at.count()) + " ms";
    expect_settled_as(site, "leaf-1", "2", when);
    EXPECT_EQ(site.poll("leaf-1", *second.operation).status, 200) << when;
  }
}

TEST(NewestAttempt, IsInTheStoreUntilItIsSettledWheneverTheGatewayDies) {
  for (const Millis at : telling_moments()) {
    Site site;
    site.enroll("leaf-1");
    site.registrations.commit_time = Millis(30);
    ASSERT_EQ(site.register_leaf("leaf-1", "1").status, 202);
    site.simulator.run_for(at);
    const Answer second = site.register_leaf("leaf-1", "2");
    ASSERT_EQ(second.status, 202);
    site.restart();
    site.simulator.run_for(minutes(1));
    expect_settled_as(site, "leaf-1", "2", "after " + std::to_string(at.count()) + " ms");
  }
}

TEST(NewestAttempt, WinsOverARefreshThatIsOnItsWay) {
  for (const Millis at : telling_moments()) {
    Site site;
    site.enroll("leaf-1");
    ASSERT_EQ(site.provision("leaf-1", "1").status, 200);
    site.simulator.run_for(std::chrono::hours(25));
    site.registrations.commit_time = Millis(30);
    ASSERT_EQ(site.register_leaf("leaf-1", "1").status, 202);  // from cache; the refresh begins
    site.simulator.run_for(at);
    const Answer second = site.register_leaf("leaf-1", "2");
    ASSERT_EQ(second.status, 202);
    site.simulator.run_for(minutes(1));
    const std::string when = "after " + std::to_string(at.count()) + " ms";
    expect_settled_as(site, "leaf-1", "2", when);
    EXPECT_EQ(site.poll("leaf-1", *second.operation).status, 200) << when;
  }
}

TEST(NewestAttempt, OfSeveralAtOnceTheLastOneWins) {
  Site site;
  site.enroll("leaf-1");
  site.registrations.commit_time = Millis(30);
  for (const char* payload : {"1", "2", "3"}) {
    begin_register(site, "leaf-1", payload);
    site.simulator.run_for(Millis(1));
  }
  site.simulator.run_for(minutes(1));
  expect_settled_as(site, "leaf-1", "3", "three at once");
}

TEST(NewestAttempt, DoesNotHideThatTheServiceAskedToSlowDown) {
  Site site;
  site.stop();
  site.options.registrations_per_minute = 60;
  site.start();
  site.enroll("leaf-1");
  site.service.throttle_next = 1;
  site.service.latency = seconds(1);
  begin_register(site, "leaf-1", "1");
  site.simulator.run_for(Millis(500));
  begin_register(site, "leaf-1", "2");
  site.simulator.run_for(seconds(2));
  EXPECT_DOUBLE_EQ(site.running->forwarder.pace_per_minute(), 30);
}

TEST(NewestAttempt, WinsAlsoWhereItAsksForWhatIsKnown) {
  for (const Millis at : telling_moments()) {
    Site site;
    site.enroll("leaf-1");
    ASSERT_EQ(site.provision("leaf-1", "1").status, 200);
    site.registrations.commit_time = Millis(30);
    begin_register(site, "leaf-1", "2");
    site.simulator.run_for(at);
    (void)site.register_leaf("leaf-1", "1");
    site.simulator.run_for(minutes(1));
    expect_settled_as(site, "leaf-1", "1", "after " + std::to_string(at.count()) + " ms");
  }
}

TEST(NewestAttempt, IsAnsweredFromTheCacheMeanwhileAndChangesWhatWaits) {
  for (const bool is_full : {false, true}) {
    Site site;
    site.enroll("leaf-1");
    ASSERT_EQ(site.provision("leaf-1", "1").status, 200);
    site.service.up = false;
    site.running->forwarder.doubt();
    site.simulator.run_for(minutes(1));
    ASSERT_EQ(site.register_leaf("leaf-1", "2").reason, Reason::queued_offline);
    if (is_full) site.registrations.fail.fail_all(Error(Errc::store_full, "no space left on device"));
    const Answer known = site.register_leaf("leaf-1", "1");
    EXPECT_EQ(known.reason, Reason::answered_from_cache);
    EXPECT_EQ(site.poll("leaf-1", *known.operation).status, 200);
    site.registrations.fail.heal();
    site.service.up = true;
    site.simulator.run_for(minutes(3));
    expect_settled_as(site, "leaf-1", is_full ? "2" : "1", is_full ? "on a full disk" : "else");
    EXPECT_EQ(site.registrations.outcomes.promises.at("leaf-1").state, PromiseState::confirmed);
  }
}

}  // namespace
}  // namespace leafgate::newest_attempt_test
