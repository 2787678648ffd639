// Who is kept out by an operator's word, or because two places prove it: what is open of it, and forecasts.
#include <algorithm>

#include <gtest/gtest.h>

#include "gateway/flows/what_if.hpp"
#include "tests/fakes/desk_site.hpp"
#include "tests/unit/flows/certificate_site.hpp"
#include "tests/unit/flows/deny_site.hpp"

namespace leafgate::kept_out_test {
namespace {

struct KeptOutTest : testing::Test {
  Site site;
  DenyDeskAt at{site};

  KeptOutTest() {
    site.enroll("pump-01");
    site.enroll("pump-02");
  }
};

TEST_F(KeptOutTest, what_waits_of_a_rejected_leaf_is_not_sent) {
  site.service.up = false;
  ASSERT_EQ(site.register_leaf("pump-01").status, 202);
  ASSERT_EQ(site.register_leaf("pump-02").status, 202);
  site.simulator.run_for(std::chrono::minutes(1));
  ASSERT_TRUE(at.reject("pump-01"));
  site.service.up = true;
  site.running->forwarder.doubt();
  site.simulator.run_for(std::chrono::minutes(10));
  EXPECT_FALSE(site.service.registered.contains("pump-01"));
  EXPECT_TRUE(site.service.registered.contains("pump-02"));
  EXPECT_EQ(site.registrations.records.at("pump-01").registration.outcome->reason,
            Reason::rejected_by_operator);
  const auto asked = at.run(site.running->forwarder.ask_again(RegistrationId::parse("pump-01").value()));
  EXPECT_EQ(asked.error().code, Errc::refused);
}

TEST_F(KeptOutTest, who_heard_that_it_is_kept_out_has_heard_and_a_stranger_in_its_name_has_not) {
  site.service.up = false;
  const Answer first = site.register_leaf("pump-01");
  ASSERT_EQ(site.register_leaf("pump-02").status, 202);
  site.simulator.run_for(std::chrono::minutes(1));
  ASSERT_TRUE(at.deny("pump-02"));
  site.enroll("pump-01", "the primary key of it", {}, false, "2");
  site.service.up = true;
  site.running->forwarder.doubt();
  site.simulator.run_for(std::chrono::minutes(10));
  const auto told = [this](const char* id) {
    site.simulator.run_for(std::chrono::minutes(1));
    const Promise& promise = site.registrations.outcomes.promises.at(id);
    EXPECT_EQ(promise.state, PromiseState::refused) << id;
    return promise.told;
  };
  ASSERT_EQ(site.admit(site.attempt("pump-02", site.token("pump-02", "a key"))).reason, Reason::denied);
  Attempt stranger = site.attempt("pump-01", "SharedAccessSignature nothing");
  stranger.operation = first.operation;
  (void)site.admit(std::move(stranger));
  EXPECT_FALSE(told("pump-01"));
  EXPECT_FALSE(told("pump-02"));
  EXPECT_EQ(site.register_leaf("pump-02").status, 401);
  EXPECT_EQ(site.poll("pump-01", *first.operation).registration_status, RegistrationStatus::disabled);
  EXPECT_TRUE(told("pump-01"));
  EXPECT_TRUE(told("pump-02"));
}

struct KeptOutCertificates : CertificateSite {
  DenyDeskAt at{site_};

  Answer come(const std::string& id, const std::optional<OperationId>& operation = std::nullopt) {
    Attempt a = attempt({CertificateMaker(id).by(ca_).make()}, id);
    a.operation = operation;
    return site_.admit(std::move(a));
  }
};

TEST_F(KeptOutCertificates, one_that_had_to_come_itself_and_heard_that_it_is_kept_out_is_not_sent_for) {
  enroll(EnrollmentKind::group, "line", ca_);
  site_.service.up = false;
  site_.running->forwarder.doubt();
  site_.simulator.run_for(std::chrono::minutes(1));
  for (const char* id : {"cam-1", "cam-2", "cam-3"}) EXPECT_EQ(come(id).reason, Reason::needs_the_leaf);
  ASSERT_TRUE(at.deny("cam-1"));
  ASSERT_TRUE(at.reject("cam-2"));
  site_.enroll("cam-3", "a key that it does not have", {}, false);
  const auto& promises = site_.registrations.outcomes.promises;
  for (const char* id : {"cam-1", "cam-2", "cam-3"}) {
    (void)site_.admit(site_.attempt(id, site_.token(id)));  // whoever says it is that one
    site_.simulator.run_for(Millis(10));
    EXPECT_FALSE(promises.at(id).is_settled()) << id;
    (void)come(id);
    site_.simulator.run_for(Millis(10));
    EXPECT_EQ(promises.at(id).state, PromiseState::refused) << id;
    EXPECT_EQ(promises.at(id).told, id != std::string("cam-3")) << "by what cannot be checked";
  }
  EXPECT_EQ(promises.at("cam-1").reason, Reason::denied);
  EXPECT_EQ(promises.at("cam-2").reason, Reason::rejected_by_operator);
  EXPECT_EQ(promises.at("cam-3").reason, Reason::enrollment_disabled);
  const Outage& outage = site_.registrations.outcomes.all_outages.back();
  EXPECT_EQ(outage.came_to.at(static_cast<std::size_t>(PromiseState::refused)), 3U);
  ASSERT_TRUE(at.approve("cam-2"));
  EXPECT_EQ(come("cam-2").reason, Reason::needs_the_leaf);
  site_.simulator.run_for(Millis(10));
  EXPECT_FALSE(promises.at("cam-2").is_settled()) << "it has to come again";
}

TEST_F(KeptOutTest, connections_and_grants_of_a_rejected_leaf_end) {
  const auto connection = std::make_shared<CountedPresence>();
  Attempt a = site.attempt("pump-01", site.token("pump-01"));
  a.presence = connection;
  ASSERT_EQ(site.admit(std::move(a)).status, 202);
  Passes& passes = site.running->passes;
  passes.grant("192.0.2.8", "Pump-01");
  passes.grant("192.0.2.9", "pump-02");
  ASSERT_TRUE(at.reject("pump-01"));
  EXPECT_EQ(connection->ended, 1);
  EXPECT_FALSE(passes.take("192.0.2.8", nullptr));
  EXPECT_EQ(passes.take("192.0.2.9", nullptr), "pump-02");
}

TEST_F(KeptOutTest, what_waits_of_a_leaf_in_two_places_waits_for_the_operator) {
  site.service.up = false;
  ASSERT_EQ(site.register_leaf("pump-01").status, 202);
  site.simulator.run_for(std::chrono::minutes(1));
  site.running->gatekeeper.contest("pump-01", "192.0.2.99");
  const int tries = site.running->forwarder.operations().find("pump-01")->row.tries;
  site.service.up = true;
  site.running->forwarder.doubt();
  site.simulator.run_for(std::chrono::minutes(10));
  EXPECT_FALSE(site.service.registered.contains("pump-01"));
  const OpenOperation* open = site.running->forwarder.operations().find("pump-01");
  ASSERT_NE(open, nullptr);
  EXPECT_EQ(open->waiting_for, Reason::two_places_at_once);
  EXPECT_EQ(open->row.tries, tries) << "what is not sent is no try";
  ASSERT_TRUE(at.approve("pump-01"));
  site.simulator.run_for(std::chrono::minutes(10));
  EXPECT_TRUE(site.service.registered.contains("pump-01"));
}

// Or what its two places did, by which an engineer tells them apart, is pushed out within minutes.
TEST_F(KeptOutTest, what_it_waits_for_is_told_when_that_changes_and_not_each_minute) {
  site.service.up = false;
  ASSERT_EQ(site.register_leaf("pump-01").status, 202);
  site.simulator.run_for(std::chrono::minutes(1));
  site.running->gatekeeper.contest("pump-01", "192.0.2.99");
  site.service.up = true;
  site.running->forwarder.doubt();
  for (int minute = 0; minute < 10; ++minute) {
    site.simulator.run_for(std::chrono::minutes(1));
    (void)site.register_leaf("pump-01");  // one of the two, again
  }
  const auto record = site.running->ledger.peek("pump-01");
  const auto told = std::count_if(record->notes.begin(), record->notes.end(), [](const AttemptNote& note) {
    return note.source == "gateway" && note.reason == Reason::two_places_at_once;
  });
  EXPECT_EQ(told, 1);
}

TEST_F(KeptOutTest, who_is_enrolled_here_needs_no_word_of_the_service_after_an_approval) {
  ASSERT_TRUE(at.reject("pump-01"));
  EXPECT_TRUE(at.approve("pump-01")->to_do.empty());
  EXPECT_FALSE(at.approve("stranger-01")->to_do.empty());
}

TEST_F(KeptOutTest, who_is_denied_while_it_is_told_ahead_hears_no) {
  Enrollment e;
  e.id = "pump-03";
  e.mechanism = Mechanism::symmetric_key;
  e.etag = "1";
  e.provisional = true;
  e.only_hub = "hub1.azure-devices.net";
  e.primary_key = site.trust.seal(Site::key("the primary key of it"), reference(e)).value();
  site.enrollments.put(std::move(e));
  site.running->ledger.enrollments_changed();
  site.service.up = false;
  (void)site.register_leaf("pump-02");  // finds out
  site.running->forwarder.doubt();
  site.simulator.run_for(std::chrono::minutes(5));
  site.registrations.commit_time = Millis(50);
  std::optional<Answer> heard;
  const auto keep = [](Admission& admission, Attempt a, std::optional<Answer>& into) -> Task<void> {
    into = co_await admission.admit(std::move(a));
  };
  site.simulator.spawn(keep(site.running->admission, site.attempt("pump-03", site.token("pump-03")), heard));
  site.simulator.run_for(Millis(10));
  ASSERT_FALSE(heard);
  const auto effect = at.deny("pump-03");
  ASSERT_TRUE(effect);
  EXPECT_EQ(effect->operations, 0U) << "what is being written is looked at before it is sent";
  site.simulator.run_for(Millis(100));
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->reason, Reason::denied);
  site.service.up = true;
  site.running->forwarder.doubt();
  site.simulator.run_for(std::chrono::minutes(20));
  EXPECT_FALSE(site.service.registered.contains("pump-03"));
  EXPECT_FALSE(site.registrations.records.at("pump-03").registration.assignment);
}

// What a leaf that shows a certificate is told of its CA, without it at hand.
TEST(CensusOfDenied, a_denied_ca_counts_for_those_who_came_out_of_sight) {
  DeskSite site;
  Enrollment e;
  e.kind = EnrollmentKind::group;
  e.id = "line";
  e.mechanism = Mechanism::x509;
  e.etag = "1";
  e.match = {"x-*"};
  e.primary_certificate = EnrolledCertificate{std::string(64, 'c'), "", {}};
  const std::vector<Enrollment> groups{e};
  Registration known(RegistrationId::parse("x-1").value());
  Assignment a;
  a.assigned_hub = "hub1.azure-devices.net";
  a.enrollment_id = "group line";
  a.enrollment_etag = "1";
  a.credential = std::string(64, 'd');
  a.confirmed_at = site.running->meter.now();
  a.confirmed_wall = site.clock.now().at;
  known.assignment = a;
  const RegistrationRecord record{known, {}};
  const auto told = [&] {
    return site.desk().census().without_uplink_for(Millis(0), record, nullptr, groups);
  };
  EXPECT_TRUE(is_answered(told())) << code(told().reason);
  Gatekeeper& gate = site.running->gatekeeper;
  gate.contest("x-1", "192.0.2.99");
  EXPECT_EQ(told().reason, Reason::two_places_at_once);
  gate.settle("x-1");
  gate.denied.put_local(DenyDeskAt::entry(DenyKind::certificate, std::string(64, 'c')));
  EXPECT_FALSE(is_answered(told()));
  EXPECT_EQ(told().reason, Reason::denied);
}

TEST(CensusOfDenied, a_denial_that_ends_keeps_out_until_then) {
  DeskSite site;
  site.enroll("pump-01");
  ASSERT_EQ(site.provision("pump-01").registration_status, RegistrationStatus::assigned);
  Denial until = DenyDeskAt::entry(DenyKind::registration_id, "pump-01");
  until.until = site.clock.now().at + std::chrono::days(5);
  site.running->gatekeeper.denied.put_local(until);
  const RegistrationRecord record = site.registrations.records.at("pump-01");
  const Enrollment own = site.enrollments.individuals.at("pump-01");
  const Outlook outlook = site.desk().census().outlook(record, &own, {});
  const auto told_on = [&](int day) {
    return site.desk().census().without_uplink_for(std::chrono::days(day), record, &own, {}).reason;
  };
  EXPECT_EQ(told_on(4), Reason::denied);
  EXPECT_EQ(told_on(5), Reason::answered_stale_service_down);
  ASSERT_EQ(outlook.turns.size(), 3U) << "denied, answered, beyond trust";
  EXPECT_EQ(outlook.turns[0].told.reason, Reason::denied);
  EXPECT_EQ(outlook.turns[1].after, Millis(std::chrono::days(5)));
  EXPECT_TRUE(is_answered(outlook.turns[1].told));
  EXPECT_EQ(outlook.turns[2].told.reason, Reason::beyond_trust_queued);
  site.clock.quality = ClockQuality::plausible;
  EXPECT_EQ(told_on(5), Reason::denied) << "only a synced clock says that a time is over";
}

}  // namespace
}  // namespace leafgate::kept_out_test
