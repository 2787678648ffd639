// 401, 403 and 404 to proofs that are good here: a leaf's own, or everybody's.
#include <gtest/gtest.h>

#include "tests/fakes/site.hpp"

namespace leafgate::refusals_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::string leaf(int n) { return "leaf-" + std::to_string(n); }

const LinkState link_of(Site& site) { return site.running->forwarder.state(); }

TEST(Refusals, AnIpFilterForAnHourPausesTheLaneByNameAndHarmsNobody) {
  for (const int status : {401, 403, 404}) {
    Site site;
    std::map<int, OperationId> waiting;
    for (int n = 0; n < 40; ++n) site.enroll(leaf(n));
    for (int n = 0; n < 10; ++n) ASSERT_EQ(site.provision(leaf(n)).status, 200);
    site.service.refuse_status = status;
    for (int n = 0; n < 20; ++n) waiting.emplace(n, *site.register_leaf(leaf(n), "\"changed\"").operation);
    site.simulator.run_for(minutes(1));
    EXPECT_EQ(code(link_of(site).reason), "service-refuses-everybody");
    const WallTime since = link_of(site).since;
    for (int n = 20; n < 30; ++n) waiting.emplace(n, *site.register_leaf(leaf(n)).operation);
    EXPECT_EQ(site.register_leaf(leaf(30)).reason, Reason::queued_offline);
    const std::size_t asked = site.service.register_times.size();
    site.simulator.run_for(hours(1));
    for (const auto& [n, operation] : waiting) ASSERT_EQ(site.poll(leaf(n), operation).status, 202) << n;
    EXPECT_FALSE(link_of(site).up);
    EXPECT_EQ(link_of(site).since, since);
    EXPECT_LT(site.service.register_times.size() - asked, 180U);
    for (int n = 0; n < 10; ++n) EXPECT_TRUE(site.registrations.records.at(leaf(n)).registration.assignment);
    site.service.refuse_status = 0;
    site.simulator.run_for(minutes(1) + seconds(10));
    EXPECT_TRUE(link_of(site).up) << status;
    site.simulator.run_for(seconds(10));
    EXPECT_TRUE(site.registrations.rows.empty()) << status;
    for (const auto& [n, operation] : waiting)
      EXPECT_EQ(site.poll(leaf(n), operation).registration_status, RegistrationStatus::assigned) << n;
  }
}

TEST(Refusals, ALeafOfItsOwnIsToldAfterAKnownOneWasAskedInItsPlace) {
  Site site;
  site.enroll("good");
  site.enroll("bad");
  ASSERT_EQ(site.provision("good").status, 200);
  site.service.refuse_ids.insert("bad");
  const Answer first = site.register_leaf("bad");
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(site.service.registered["good"], 2);  // nobody else was about to be sent
  EXPECT_TRUE(link_of(site).up);
  EXPECT_EQ(site.poll("bad", *first.operation).reason, Reason::service_verdict_unconfirmed);
  site.simulator.run_for(minutes(16));
  EXPECT_EQ(site.poll("bad", *first.operation).status, 401);
  EXPECT_TRUE(site.registrations.rows.empty());
}

TEST(Refusals, TheOnlyLeafOfASiteIsNeverBlamed) {
  Site site;
  site.enroll("alone");
  site.service.refuse_ids.insert("alone");
  const Answer first = site.register_leaf("alone");
  for (int hour = 0; hour < 24; ++hour) {
    site.simulator.run_for(hours(1));
    ASSERT_EQ(site.poll("alone", *first.operation).status, 202);
  }
  EXPECT_TRUE(link_of(site).up);
  EXPECT_LE(site.service.register_times.size(), 100U);
  site.service.refuse_ids.clear();
  site.simulator.run_for(minutes(16));
  EXPECT_EQ(site.poll("alone", *first.operation).status, 200);
}

TEST(Refusals, TwoBadLeavesAloneAreCalledEverybodyUntilAGoodOneComes) {
  Site site;
  for (const char* id : {"bad-1", "bad-2", "good"}) site.enroll(id);
  site.service.refuse_ids = {"bad-1", "bad-2"};
  const Answer first = site.register_leaf("bad-1");
  const Answer second = site.register_leaf("bad-2");
  site.simulator.run_for(hours(2));
  EXPECT_TRUE(link_of(site).reason == Reason::service_refuses_everybody);
  EXPECT_EQ(site.poll("bad-1", *first.operation).status, 202);
  EXPECT_EQ(site.provision("good", {}, minutes(2)).status, 200);
  site.simulator.run_for(seconds(10));
  EXPECT_TRUE(link_of(site).up);
  EXPECT_EQ(site.poll("bad-1", *first.operation).status, 202);  // what was said in the pause does not count
  site.simulator.run_for(minutes(32));
  EXPECT_TRUE(link_of(site).up);
  EXPECT_EQ(site.poll("bad-1", *first.operation).status, 401);
  EXPECT_EQ(site.poll("bad-2", *second.operation).status, 401);
}

// Whose knocks make it the one that was used last, whenever somebody is looked for.
TEST(Refusals, WhoIsNotAskedAfterAllTakesNoTurnOfThoseWhoCanBe) {
  for (const bool is_denied : {true, false}) {
    Site site;
    for (const char* id : {"bad-1", "bad-2", "good", "out"}) site.enroll(id);
    for (const char* id : {"good", "out"}) ASSERT_EQ(site.provision(id).status, 200);
    if (is_denied)
      site.running->gatekeeper.denied.put_local(Denial{DenyKind::registration_id, "out", {}});
    else
      site.enroll("out", "");  // its key is gone
    site.service.refuse_ids = {"bad-1", "bad-2"};
    (void)site.register_leaf("out");
    for (const char* id : {"bad-1", "bad-2"}) (void)site.register_leaf(id);
    for (int second = 0; second < 120; ++second) {
      (void)site.register_leaf("out");
      site.simulator.run_for(seconds(1));
    }
    EXPECT_TRUE(link_of(site).up) << (is_denied ? "denied" : "without its key");
    EXPECT_GE(site.service.registered["good"], 2);
    EXPECT_EQ(site.service.registered["out"], 1);
  }
}

TEST(Refusals, WhoCouldNotBeAskedIsWhenItsKeyIsBack) {
  for (const bool alone : {true, false}) {
    Site site;
    for (const char* id : {"bad-1", "bad-2", "good"}) site.enroll(id);
    ASSERT_EQ(site.provision("good").status, 200);
    const Enrollment with_key = site.enrollments.individuals.at("good");
    site.enroll("good", "");  // its key is gone
    site.service.refuse_ids = {"bad-1", "bad-2"};
    for (const char* id : {"bad-1", "bad-2"}) (void)site.register_leaf(id);
    site.simulator.run_for(minutes(10));
    EXPECT_EQ(link_of(site).reason, Reason::service_refuses_everybody);
    EXPECT_EQ(site.service.registered["good"], 1);
    site.enrollments.put(with_key);
    if (alone)
      site.running->ledger.enrollment_changed(EnrollmentKind::individual, "good");
    else
      site.running->ledger.enrollments_changed();
    site.simulator.run_for(minutes(1) + seconds(10));
    EXPECT_TRUE(link_of(site).up);
    EXPECT_GE(site.service.registered["good"], 2);
  }
}

// What is in memory at a start is nobody.
TEST(Refusals, TwoBadLeavesAloneInTheOutboxAreNotEverybodyAfterAStart) {
  Site site;
  for (const char* id : {"bad-1", "bad-2", "good"}) site.enroll(id);
  ASSERT_EQ(site.provision("good").status, 200);
  site.service.refuse_ids = {"bad-1", "bad-2"};
  std::map<std::string, OperationId> waiting;
  for (const char* id : {"bad-1", "bad-2"}) waiting.emplace(id, *site.register_leaf(id).operation);
  site.restart();
  site.simulator.run_for(minutes(1));
  EXPECT_TRUE(link_of(site).up);
  EXPECT_GE(site.service.registered["good"], 2);
  site.simulator.run_for(minutes(32));
  EXPECT_TRUE(link_of(site).up);
  for (const auto& [id, operation] : waiting) EXPECT_EQ(site.poll(id, operation).status, 401) << id;
}

// Of many that cannot be asked about, a few are looked at each time; nobody is asked twice for nothing.
TEST(Refusals, TheGoodOneIsFoundBehindManyThatCannotBeAsked) {
  Site site;
  for (const char* id : {"bad-1", "bad-2", "z-good"}) site.enroll(id);
  for (int n = 0; n < 1000; ++n) {
    site.enroll(leaf(n));
    ASSERT_EQ(site.provision(leaf(n)).status, 200);
  }
  ASSERT_EQ(site.provision("z-good").status, 200);
  for (int n = 0; n < 1000; ++n) site.enroll(leaf(n), "");  // their keys are gone
  site.service.refuse_ids = {"bad-1", "bad-2"};
  for (const char* id : {"bad-1", "bad-2"}) (void)site.register_leaf(id);
  site.restart();
  site.simulator.run_for(minutes(5));
  EXPECT_TRUE(link_of(site).up);
  EXPECT_GE(site.service.registered["z-good"], 2);
}

TEST(Refusals, OfAThousandInFlightWhenItBeginsNoneIsLost) {
  Site site;
  for (int n = 0; n < 1000; ++n) site.enroll(leaf(n));
  site.service.up = false;
  for (int n = 0; n < 1000; ++n) (void)site.register_leaf(leaf(n));
  site.service.polls_until_done = 2;
  site.service.up = true;
  while (site.service.register_times.size() < 300) site.simulator.run_for(Millis(100));
  site.service.refuse_status = 401;
  site.simulator.run_for(hours(1));
  EXPECT_EQ(link_of(site).reason, Reason::service_refuses_everybody);
  for (const auto& [key, record] : site.registrations.records)
    ASSERT_FALSE(record.registration.outcome &&
                 record.registration.outcome->reason == Reason::service_refused);
  site.service.refuse_status = 0;
  site.simulator.run_for(minutes(2));
  EXPECT_TRUE(site.registrations.rows.empty());
  EXPECT_TRUE(link_of(site).up);
}

TEST(Refusals, APortalOrTheWrongCertificateIsNamedToo) {
  const std::pair<Errc, Reason> cases[] = {{Errc::untrusted, Reason::service_certificate_untrusted},
                                           {Errc::proxy_failed, Reason::proxy_failed},
                                           {Errc::own_address, Reason::service_resolves_to_self},
                                           {Errc::implausible, Reason::service_answer_implausible}};
  for (const auto& [error, reason] : cases) {
    Site site;
    site.enroll("leaf-1");
    for (int i = 0; i < 1000; ++i) site.service.next_errors.emplace_back(error, "injected");
    const Answer first = site.register_leaf("leaf-1");
    site.simulator.run_for(minutes(10));
    EXPECT_EQ(code(link_of(site).reason), code(reason));
    EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 202);
    site.service.next_errors.clear();
    site.simulator.run_for(minutes(2));
    EXPECT_EQ(site.poll("leaf-1", *first.operation).status, 200);
  }
}

TEST(Refusals, AServiceThatGoesByAnotherClockIsNamed) {
  Site site;
  site.enroll("leaf-1");
  site.service.attest = [&site](const RegistrationId&, const auto&, const auto&) {
    ServiceAnswer said = FakeProvisioningService::refusal(401, 401002);
    said.answered_at = site.clock.now().at + hours(72);
    return std::optional<ServiceAnswer>(std::move(said));
  };
  (void)site.register_leaf("leaf-1");
  site.simulator.run_for(minutes(1));
  const std::string& told = site.running->forwarder.operations().find("leaf-1")->trouble;
  EXPECT_NE(told.find("the service's clock is 3d ahead of the gateway's"), std::string::npos) << told;
}

// Each would be chosen again at once: one that cannot be sent tells nobody whether everybody is refused.
TEST(Refusals, WhoCannotBeSentIsNotSentAgainAndAgain) {
  Site site;
  for (int n = 0; n < 20; ++n) site.enroll(leaf(n));
  site.service.refuse_status = 401;
  for (int n = 0; n < 20; ++n) (void)site.register_leaf(leaf(n));
  site.simulator.run_for(minutes(30));
  ASSERT_EQ(code(link_of(site).reason), "service-refuses-everybody");
  site.clock.quality = ClockQuality::unsynced;
  const int probes = site.service.probes;
  const std::size_t asked = site.service.register_times.size();
  site.simulator.run_for(hours(1));
  EXPECT_EQ(site.service.register_times.size(), asked);
  EXPECT_LE(site.service.probes - probes, 180);
  site.clock.quality = ClockQuality::synced;
  site.service.refuse_status = 0;
  site.simulator.run_for(hours(1));
  EXPECT_TRUE(link_of(site).up);
  EXPECT_TRUE(site.registrations.rows.empty());
}

// Alone, and where all of a group had the wrong key, so that everybody was refused.
TEST(Refusals, WhoComesAgainByAnotherKeyDoesNotWaitForWhatWasSaidOfTheFormer) {
  for (const std::size_t how_many : {1U, 3U}) {
    Site site;
    std::vector<std::string> ids;
    for (std::size_t n = 0; n < how_many; ++n) ids.push_back(leaf(static_cast<int>(n)));
    for (const std::string& id : ids) site.enroll(id, "a wrong key");
    site.service.refuse_ids = {ids.begin(), ids.end()};
    for (const std::string& id : ids) (void)site.admit(site.attempt(id, site.token(id, "a wrong key")));
    site.simulator.run_for(minutes(1));
    EXPECT_EQ(link_of(site).up, how_many == 1);
    for (const std::string& id : ids) site.enroll(id, "the primary key of it", {}, true, "2");
    site.service.refuse_ids.clear();
    for (const std::string& id : ids) EXPECT_EQ(site.register_leaf(id).status, 202);
    site.simulator.run_for(minutes(2));
    EXPECT_TRUE(site.registrations.rows.empty()) << how_many;
  }
}

TEST(Refusals, WhoAsksForSomethingElseByTheSameKeyIsNotSentForThat) {
  Site site;
  for (const char* id : {"good", "bad"}) site.enroll(id);
  ASSERT_EQ(site.provision("good").status, 200);
  site.service.refuse_ids.insert("bad");
  const Answer first = site.register_leaf("bad", "0");
  site.simulator.run_for(seconds(10));
  const std::size_t asked = site.service.register_times.size();
  for (int n = 1; n <= 60; ++n) {
    (void)site.register_leaf("bad", std::to_string(n));
    site.simulator.run_for(seconds(1));
  }
  EXPECT_EQ(site.service.register_times.size(), asked);
  site.simulator.run_for(minutes(16));
  EXPECT_EQ(site.poll("bad", *first.operation).status, 401) << "its proof was refused twice";
}

}  // namespace
}  // namespace leafgate::refusals_test
