// What engineers see of offline trust before it ends.
#include <gtest/gtest.h>

#include "gateway/flows/outage_desk.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

class OutageDeskTest : public ::testing::Test {
 protected:
  DeskSite site_;

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
  OutageDesk desk() {
    return OutageDesk(
        site_.simulator.executor(),
        OutageDesk::Ports{site_.enrollments, site_.registrations, site_.running->ledger,
                          site_.desk().census(), site_.registrations.outcomes,
                          Audited(site_.audit_log, site_.clock, site_.events), &site_.running->outages});
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
}  // namespace leafgate
