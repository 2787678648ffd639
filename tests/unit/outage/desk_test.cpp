// What engineers see of offline trust before it ends.
#include <gtest/gtest.h>

#include "gateway/flows/outage_desk.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate::desk_test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

class OutageDeskTest : public ::testing::Test {
 protected:
  DeskSite site_;
  std::vector<ShownCertificate> shown_;  // to leaves
  TurnedAway turned_away_ = TurnedAway::nobody;

  void provision(const std::string& id) {
    site_.enroll(id);
    ASSERT_EQ(site_.provision(id).registration_status, RegistrationStatus::assigned);
  }
  void go_offline() {
    site_.service.up = false;
    site_.service.latency = hours(2);
    site_.running->forwarder.doubt();
    site_.simulator.run_for(hours(3));
    ASSERT_FALSE(site_.running->forwarder.state().up);
  }
  // As it was assigned through the tunnel; its certificates end in so many days, or when is not known.
  void know_by_certificate(const std::string& id, const Enrollment& group, std::optional<int> own) {
    Registration known(RegistrationId::parse(id).value());
    Assignment a;
    a.assigned_hub = "hub1.azure-devices.net";
    a.device_id = id;
    a.enrollment_id = reference(group);
    a.enrollment_etag = group.etag;
    a.confirmed_at = site_.running->meter.now();
    a.confirmed_wall = site_.clock.now().at;
    if (own) a.ends = ProofEnds{site_.clock.now().at + days(*own), site_.clock.now().at + days(20)};
    known.assignment = std::move(a);
    site_.registrations.records.insert_or_assign(id, RegistrationRecord{std::move(known), {}});
    ++site_.registrations.writes;
  }
  Enrollment enroll_ca(Millis trust = days(90)) {
    Enrollment e;
    e.kind = EnrollmentKind::group;
    e.id = "plant";
    e.mechanism = Mechanism::x509;
    e.etag = "1";
    const auto ca = as_certificate(CertificateMaker("Plant CA").ca().days(-9, 20).make());
    e.primary_certificate = EnrolledCertificate{ca.sha256(), ca.sha1(), ca.der()};
    e.offline_max_age = trust;
    site_.enrollments.put(e);
    site_.running->ledger.enrollments_changed();
    return e;
  }
  OutageDesk desk() {
    OutageDesk::Ports ports{site_.enrollments,
                            site_.registrations,
                            site_.running->ledger,
                            site_.desk().census(),
                            site_.registrations.outcomes,
                            Audited(site_.audit_log, site_.clock, site_.events),
                            &site_.running->outages};
    ports.certificates = [this] { return shown_; };
    ports.forwarder = &site_.running->forwarder;
    ports.turned_away = [this] { return turned_away_; };
    return OutageDesk(site_.simulator.executor(), std::move(ports));
  }
  Forecast what_if(Millis span, const std::string& leaf = {}) {
    OutageDesk asked = desk();
    WhatIfQuestion question;
    question.span = span;
    question.leaf = leaf;
    return site_.simulator.run(asked.what_if(std::move(question))).value();
  }
  bool is_ending() {
    for (const DegradedMode& mode : site_.status().degraded)
      if (mode.reason == Reason::offline_trust_ending) return true;
    return false;
  }
};

TEST_F(OutageDeskTest, AWordToStopEndsALookAtAllLeaves) {
  provision("pump-1");
  OutageDesk asked = desk();
  asked.stop();
  EXPECT_EQ(site_.simulator.run(asked.what_if({})).error().code, Errc::stopped);
}

// The count of all leaves rests between its pages, and a word to stop may come in each.
TEST_F(OutageDeskTest, EndsAlsoInTheMiddleOfACount) {
  const Enrollment ca = enroll_ca();
  for (int i = 0; i < 350; ++i) know_by_certificate("leaf-" + std::to_string(i), ca, 30);
  for (int after = 0; after < 25; ++after) {
    site_.close_desk();
    site_.restart();
    site_.open_desk();
    site_.simulator.run_for(Millis(after));
  }
  EXPECT_EQ(site_.status().registrations, 350U);
}

TEST_F(OutageDeskTest, TellsWhenTheNextLeavesDropOutAndWhy) {
  provision("pump-1");
  site_.simulator.run_for(days(5));
  provision("pump-2");
  site_.enroll("pump-3");
  go_offline();
  (void)site_.register_leaf("pump-3");
  const Forecast now = what_if(Millis(0));
  EXPECT_EQ(now.all, 3U);
  EXPECT_EQ(now.answered, 2U);
  ASSERT_EQ(now.timeline.size(), 1U);
  EXPECT_EQ(now.timeline.front().answered, 2U);
  EXPECT_EQ(now.next_id, "pump-1");
  EXPECT_EQ(std::chrono::round<days>(now.next_after), days(25));
  const Forecast later = what_if(days(27));
  EXPECT_EQ(later.answered, 1U);
  ASSERT_EQ(later.timeline.size(), 28U);
  EXPECT_EQ(later.timeline[24].answered, 2U);
  EXPECT_EQ(later.timeline[25].answered, 1U);
  ASSERT_EQ(later.not_answered.size(), 2U);
  EXPECT_EQ(later.not_answered.front().first.size(), 1U);
  EXPECT_EQ(what_if(days(400)).timeline.size(), 30U);
  EXPECT_EQ(what_if(days(27), "PUMP-1").not_answered.front().reason, Reason::beyond_trust_queued);
  OutageDesk asked = desk();
  WhatIfQuestion question;
  question.leaf = "nobody";
  EXPECT_EQ(site_.simulator.run(asked.what_if(std::move(question))).error().code, Errc::not_found);
}

TEST_F(OutageDeskTest, TellsWhetherTheUplinkIsDownAndSinceWhen) {
  provision("pump-1");
  OutageDesk asked = desk();
  EXPECT_TRUE(site_.simulator.run(asked.uplink()).up);
  site_.service.up = false;
  site_.running->forwarder.doubt();
  site_.simulator.run_for(std::chrono::minutes(10));
  const LinkState link = site_.simulator.run(asked.uplink());
  EXPECT_FALSE(link.up);
  EXPECT_GT(site_.clock.now().at - link.since, std::chrono::minutes(5));
}

TEST_F(OutageDeskTest, SaysSoBeforeTrustEndsAndNotWhileTheServiceIsThere) {
  provision("pump-1");
  site_.simulator.run_for(days(28));
  EXPECT_FALSE(is_ending());
  go_offline();
  EXPECT_TRUE(is_ending());
  const LeafCounts& counts = site_.desk().last_counts();
  EXPECT_EQ(counts.offline_ready, 1U);
  EXPECT_EQ(counts.ready_in_7_days, 0U);
  EXPECT_EQ(counts.ending, 1U);
}

TEST_F(OutageDeskTest, CountsWhoIsStillAnsweredInAWeekAndInAMonth) {
  provision("pump-1");
  provision("pump-2");
  site_.enrollments.individuals.at("pump-2").offline_max_age = days(90);
  site_.running->ledger.enrollments_changed();
  ++site_.enrollments.writes;
  site_.simulator.run_for(days(10));
  (void)site_.status();
  const LeafCounts& counts = site_.desk().last_counts();
  EXPECT_EQ(counts.ready_in_7_days, 2U);
  EXPECT_EQ(counts.ready_in_30_days, 1U);
  const DevicePage page = site_.simulator.run(site_.desk().devices(DeviceFilter())).value();
  EXPECT_EQ(std::chrono::round<days>(*page.rows.at(1).trust_left), days(80));
}

TEST_F(OutageDeskTest, TellsWhoseCertificateEndsAndWhen) {
  site_.clock.start = test_day();
  const Enrollment group = enroll_ca();
  const WallTime now = site_.clock.now().at;
  know_by_certificate("x-1", group, 3);
  know_by_certificate("x-2", group, 12);
  know_by_certificate("x-3", group, 40);
  know_by_certificate("x-4", group, std::nullopt);
  const Forecast soon = what_if(days(10));
  EXPECT_EQ(soon.answered, 3U);
  EXPECT_EQ(soon.next_id, "x-1");
  EXPECT_EQ(soon.next_after, Millis(days(3)));
  EXPECT_EQ(soon.next_reason, Reason::leaf_certificate_expired);
  ASSERT_TRUE(soon.next_ends);
  EXPECT_EQ(soon.next_ends->at, now + days(3));
  EXPECT_EQ(soon.end_unknown, 1U);
  EXPECT_EQ(soon.end_unknown_first, std::vector<std::string>{"x-4"});
  EXPECT_EQ(soon.timeline[3].answered, 4U);
  EXPECT_EQ(soon.timeline[4].answered, 3U);

  const Forecast later = what_if(days(30));
  EXPECT_EQ(later.answered, 0U);
  EXPECT_EQ(later.end_unknown, 0U);
  ASSERT_EQ(later.not_answered.size(), 2U);
  const NotAnswered& by_own = later.not_answered[0];
  EXPECT_EQ(by_own.first, (std::vector<std::string>{"x-1", "x-2"}));
  ASSERT_TRUE(by_own.ended);
  EXPECT_EQ(by_own.ended->whose, WhoseEnd::own);
  EXPECT_EQ(by_own.ended->first, now + days(3));
  EXPECT_EQ(by_own.ended->last, now + days(12));
  const NotAnswered& by_ca = later.not_answered[1];
  EXPECT_EQ(by_ca.first, (std::vector<std::string>{"x-3", "x-4"}));
  ASSERT_TRUE(by_ca.ended);
  EXPECT_EQ(by_ca.ended->whose, WhoseEnd::authority);
  EXPECT_EQ(by_ca.ended->enrollment, "group plant");
  EXPECT_EQ(by_ca.ended->last, now + days(20));
}

TEST_F(OutageDeskTest, CountsWhoseCertificateEndsOutOfAllFigures) {
  site_.clock.start = test_day();
  const Enrollment group = enroll_ca();
  know_by_certificate("x-1", group, 3);
  know_by_certificate("x-2", group, 12);
  go_offline();
  (void)site_.status();
  EXPECT_EQ(site_.desk().last_counts().offline_ready, 2U);
  EXPECT_EQ(site_.desk().last_counts().ready_in_7_days, 1U);
  EXPECT_EQ(site_.desk().last_counts().ready_in_30_days, 0U);
  DeviceFilter filter;
  filter.expiring = days(4);
  const auto expiring = [&] { return site_.simulator.run(site_.desk().devices(filter)).value().rows; };
  ASSERT_EQ(expiring().size(), 1U);
  EXPECT_TRUE(expiring().front().offline);
  EXPECT_EQ(std::chrono::round<days>(*expiring().front().trust_left), days(3));
  site_.simulator.run_for(days(4));
  EXPECT_EQ(site_.status().offline_ready, 1U);
  EXPECT_FALSE(expiring().front().offline);
  EXPECT_EQ(expiring().front().trust_left, Millis(0));
}

TEST_F(OutageDeskTest, DoesNotSayThatTheServiceCouldHelpWhereACertificateEnds) {
  site_.clock.start = test_day();
  const Enrollment group = enroll_ca(days(10));
  know_by_certificate("x-1", group, 10);
  know_by_certificate("x-2", group, 19);
  go_offline();
  site_.simulator.run_for(days(9));
  EXPECT_TRUE(is_ending());
  EXPECT_EQ(site_.desk().last_counts().offline_ready, 2U);
  EXPECT_EQ(site_.desk().last_counts().ending, 1U);
}

TEST_F(OutageDeskTest, SaysWhichOfTheGatewaysOwnCertificatesEndBefore) {
  ShownCertificate own;
  own.file = "/etc/leafgate/tls/gateway.pem";
  own.left = days(12);
  ShownCertificate extra;
  extra.file = "/etc/leafgate/tls/line.pem";
  extra.server_name = "line.example";
  extra.left = -Millis(days(1));
  shown_ = {own, extra};
  const Forecast now = what_if(days(11));
  ASSERT_EQ(now.gateway_ends.size(), 1U);
  EXPECT_EQ(now.gateway_ends.front().server_name, "line.example");
  EXPECT_EQ(now.gateway_ends.front().after, Millis(0));
  const Forecast later = what_if(days(12));
  ASSERT_EQ(later.gateway_ends.size(), 2U);
  EXPECT_EQ(later.gateway_ends.front().file, "/etc/leafgate/tls/gateway.pem");
  EXPECT_EQ(later.gateway_ends.front().after, Millis(days(12)));
}

TEST_F(OutageDeskTest, SaysWhomItHasNoCertificateForWhateverTheSpan) {
  for (const TurnedAway who : {TurnedAway::all, TurnedAway::others, TurnedAway::nobody}) {
    turned_away_ = who;
    EXPECT_EQ(what_if(Millis(0)).turned_away, who);
    EXPECT_EQ(what_if(days(30)).turned_away, who);
  }
}

TEST_F(OutageDeskTest, PromisesNothingToLeavesWhoseKeysAreLocked) {
  provision("pump-1");
  const Enrollment group = enroll_ca();
  know_by_certificate("x-1", group, std::nullopt);
  go_offline();
  site_.trust.lock();
  const Forecast locked = what_if(days(7));
  EXPECT_EQ(locked.all, 2U);
  EXPECT_EQ(locked.answered, 1U) << "by its certificate";
  ASSERT_EQ(locked.not_answered.size(), 1U);
  EXPECT_EQ(code(locked.not_answered.front().reason), code(Reason::trust_pending));
  EXPECT_EQ(locked.not_answered.front().first, std::vector<std::string>{"pump-1"});
  EXPECT_EQ(locked.timeline.front().answered, 1U);
  site_.trust.unlock();
  EXPECT_EQ(what_if(days(7)).answered, 2U);
}

TEST_F(OutageDeskTest, ClearsOutcomesOnlyWithAnEntryOfWhoDidIt) {
  go_offline();
  site_.enroll("pump-1");
  (void)site_.register_leaf("pump-1");
  site_.service.up = true;
  site_.service.latency = Millis(20);
  site_.simulator.run_for(hours(5));
  OutageDesk asked = desk();
  const OutcomePage page = site_.simulator.run(asked.outcomes(PromiseFilter())).value();
  ASSERT_EQ(page.rows.size(), 1U);
  EXPECT_EQ(page.rows.front().state, PromiseState::confirmed);
  ASSERT_EQ(page.outages.size(), 1U);
  EXPECT_TRUE(page.outages.front().ended);
  const auto entries = site_.audit_log.entries.size();
  site_.audit_log.fail.fail_call(1, Error(Errc::store_full, "no room"));
  EXPECT_FALSE(site_.simulator.run(asked.clear_outcomes(std::nullopt, DeskSite::anna())));
  EXPECT_EQ(site_.registrations.outcomes.promises.size(), 1U);
  EXPECT_EQ(site_.simulator.run(asked.clear_outcomes(std::nullopt, DeskSite::anna())).value(), 1U);
  EXPECT_EQ(site_.audit_log.entries.size(), entries + 1);
  EXPECT_TRUE(site_.registrations.outcomes.promises.empty());
}

TEST_F(OutageDeskTest, RemembersALeafAnewWhosePromiseWasCleared) {
  const auto need = [this](const char* id) {
    site_.simulator.spawn(site_.running->outages.needs_the_leaf(RegistrationId::parse(id).value()));
    site_.simulator.run_for(Millis(1));
    return site_.registrations.outcomes.promises.contains(id);
  };
  go_offline();
  site_.enroll("pump-1");
  const Answer first = site_.register_leaf("pump-1");
  ASSERT_TRUE(need("cam-1"));
  OutageDesk asked = desk();
  const auto cleared =
      site_.simulator.run(asked.clear_outcomes(PromiseState::needs_the_leaf, DeskSite::anna()));
  ASSERT_EQ(cleared.value(), 1U);
  EXPECT_TRUE(need("cam-1")) << "it came again";
  site_.service.ends["pump-1"] = RegistrationStatus::disabled;
  site_.service.up = true;
  site_.service.latency = Millis(20);
  site_.simulator.run_for(hours(5));
  (void)site_.poll("pump-1", *first.operation);
  site_.simulator.run_for(minutes(1));
  EXPECT_TRUE(site_.registrations.outcomes.promises.at("pump-1").told) << "its promise was not cleared";
}

}  // namespace
}  // namespace leafgate::desk_test
