// What comes of promises when the service is back, and when leaves hear of it.
#include <gtest/gtest.h>

#include "gateway/flows/findings.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::reconcile_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class Reconcile : public ::testing::Test {
 protected:
  Site site_;

  Reconcile() { site_.service.latency = minutes(1); }

  void set_service(bool up) {
    site_.service.up = up;
    site_.running->forwarder.doubt();
    site_.simulator.run_for(minutes(5));
    ASSERT_EQ(site_.running->forwarder.state().up, up);
  }
  bool need(const std::string& id) {
    site_.simulator.spawn(site_.running->outages.needs_the_leaf(RegistrationId::parse(id).value()));
    site_.simulator.run_for(Millis(1));
    return site_.registrations.outcomes.promises.contains(id);
  }
  Promise& promise(const std::string& id) { return site_.registrations.outcomes.promises.at(id); }
  const std::vector<Outage>& outages() { return site_.registrations.outcomes.all_outages; }
};

TEST_F(Reconcile, AnUnconfirmedVerdictIsAConflictUntilItIsSettled) {
  set_service(false);
  site_.enroll("pump-1");
  ASSERT_EQ(site_.register_leaf("pump-1").status, 202);
  site_.service.refuse_ids = {"pump-1"};
  set_service(true);
  site_.simulator.run_for(minutes(1));
  EXPECT_EQ(promise("pump-1").state, PromiseState::queued);
  site_.simulator.run_for(minutes(20));
  EXPECT_EQ(promise("pump-1").state, PromiseState::conflict);
  EXPECT_EQ(promise("pump-1").reason, Reason::service_verdict_unconfirmed);
  EXPECT_FALSE(promise("pump-1").is_settled());
  site_.service.refuse_ids.clear();
  site_.simulator.run_for(minutes(30));
  EXPECT_EQ(promise("pump-1").state, PromiseState::confirmed);
}

TEST_F(Reconcile, AKeyThatChangedMeanwhileIsAConflict) {
  set_service(false);
  site_.enroll("pump-1");
  ASSERT_EQ(site_.register_leaf("pump-1").status, 202);
  site_.enroll("pump-1", "another key than before", {}, true, "2");
  set_service(true);
  site_.simulator.run_for(minutes(10));
  EXPECT_EQ(promise("pump-1").state, PromiseState::conflict);
  EXPECT_EQ(promise("pump-1").reason, Reason::wrong_key);
  EXPECT_TRUE(promise("pump-1").is_settled());
  EXPECT_FALSE(next_action(promise("pump-1"), false).empty());
}

TEST_F(Reconcile, ARefusedLeafHearsItAtItsNextContactAlsoAfterARestart) {
  set_service(false);
  site_.enroll("pump-1");
  const Answer first = site_.register_leaf("pump-1");
  site_.service.ends["pump-1"] = RegistrationStatus::disabled;
  set_service(true);
  site_.simulator.run_for(minutes(10));
  ASSERT_EQ(promise("pump-1").state, PromiseState::refused);
  EXPECT_EQ(promise("pump-1").reason, Reason::service_disabled);
  EXPECT_FALSE(promise("pump-1").told);
  site_.restart();
  EXPECT_EQ(site_.poll("pump-1", *first.operation).registration_status, RegistrationStatus::disabled);
  site_.simulator.run_for(minutes(1));
  EXPECT_TRUE(promise("pump-1").told);
}

TEST_F(Reconcile, WhatWasAcceptedBeforeAnybodyKnewIsPromisedToo) {
  set_service(true);
  site_.service.up = false;  // and nobody knows yet
  site_.enroll("pump-1");
  EXPECT_EQ(site_.register_leaf("pump-1").reason, Reason::forwarded_new);
  site_.simulator.run_for(minutes(10));
  EXPECT_EQ(promise("pump-1").state, PromiseState::queued);
  ASSERT_EQ(outages().size(), 1U);
  EXPECT_EQ(outages().front().promises(), 1U);

  site_.restart();  // the outage lasts, and again nobody knows at first
  site_.enroll("pump-2");
  EXPECT_EQ(site_.register_leaf("pump-2").reason, Reason::forwarded_new);
  site_.simulator.run_for(minutes(10));
  EXPECT_EQ(promise("pump-2").state, PromiseState::queued);
  EXPECT_EQ(promise("pump-2").outage, 1);
  ASSERT_EQ(outages().size(), 1U);
  EXPECT_EQ(outages().front().promises(), 2U);
}

TEST_F(Reconcile, WhatWasPromisedInTheMomentTheServiceCameBackIsFollowedToo) {
  set_service(false);
  site_.enroll("pump-1");
  site_.service.ends["pump-1"] = RegistrationStatus::disabled;
  site_.service.up = true;  // and nobody knows yet
  site_.registrations.commit_time = minutes(10);
  const Answer first = site_.register_leaf("pump-1");
  ASSERT_EQ(first.reason, Reason::queued_offline);
  ASSERT_TRUE(site_.running->forwarder.state().up);
  site_.registrations.commit_time = Millis(0);
  site_.simulator.run_for(minutes(20));
  ASSERT_EQ(promise("pump-1").state, PromiseState::refused);
  EXPECT_EQ(site_.poll("pump-1", *first.operation).registration_status, RegistrationStatus::disabled);
  site_.simulator.run_for(minutes(1));
  EXPECT_TRUE(promise("pump-1").told);
}

TEST_F(Reconcile, AnOutageEndsWhenTheServiceIsHeardAgainAlsoAfterARestartWithNothingToSend) {
  set_service(false);
  site_.simulator.run_for(hours(2));
  ASSERT_EQ(outages().size(), 1U);
  EXPECT_FALSE(outages().front().ended);
  site_.service.up = true;
  site_.restart();
  site_.simulator.run_for(minutes(5));
  ASSERT_EQ(outages().size(), 1U);
  EXPECT_TRUE(outages().front().ended);
}

TEST_F(Reconcile, AnOutageThatBeganBeforeTheTimeWasKnownIsAsLongAsTheHoursMeterSays) {
  site_.clock.quality = ClockQuality::unsynced;
  set_service(false);
  site_.simulator.run_for(hours(3));
  ASSERT_EQ(outages().size(), 1U);
  EXPECT_TRUE(outages().front().untimed);
  site_.clock.start += std::chrono::days(9'000);
  site_.clock.quality = ClockQuality::synced;
  set_service(true);
  const Outage& outage = outages().front();
  ASSERT_TRUE(outage.ended && outage.powered_for);
  EXPECT_EQ(std::chrono::round<hours>(*outage.powered_for), hours(3));
  EXPECT_EQ(*outage.ended - outage.begun, *outage.powered_for);
}

TEST_F(Reconcile, AMomentWithoutTheServiceInWhichNothingWasPromisedIsNoOutage) {
  site_.service.latency = Millis(20);
  site_.service.up = false;
  site_.running->forwarder.doubt();
  site_.simulator.run_for(minutes(1));
  ASSERT_EQ(outages().size(), 1U);
  site_.service.up = true;
  site_.simulator.run_for(minutes(2));
  ASSERT_TRUE(site_.running->forwarder.state().up);
  EXPECT_TRUE(outages().empty());
}

TEST_F(Reconcile, AnotherLeafAtItsPlaceIsAConflict) {
  site_.enroll("pump-1");
  ASSERT_EQ(site_.provision("pump-1", {}, hours(1)).registration_status, RegistrationStatus::assigned);
  set_service(false);
  site_.enroll("pump-2");
  ASSERT_EQ(site_.register_leaf("pump-2").status, 202);
  const Assignment& taken = *site_.registrations.records.at("pump-1").registration.assignment;
  Registration learnt(RegistrationId::parse("pump-2").value());
  learnt.assignment = taken;
  auto& row = site_.registrations.rows.begin()->second;
  Receipt word;
  word.at = site_.clock.now().at;
  auto settle = site_.registrations.settle(learnt, row.operation_id, {}, word);
  ASSERT_TRUE(site_.simulator.run(std::move(settle)));
  EXPECT_EQ(promise("pump-2").state, PromiseState::conflict);
  EXPECT_EQ(promise("pump-2").reason, Reason::two_places_at_once);
}

TEST_F(Reconcile, ALeafThatMustComeItselfIsListedInEachOutageItComesIn) {
  auto& store = site_.registrations.outcomes;
  set_service(false);
  ASSERT_TRUE(need("cam-1") && need("cam-2"));
  EXPECT_EQ(promise("cam-1").outage, 1);
  set_service(true);
  ASSERT_TRUE(site_.simulator.run(store.clear(PromiseState::needs_the_leaf)));
  set_service(false);
  ASSERT_EQ(outages().size(), 2U);
  EXPECT_TRUE(need("cam-1"));
  EXPECT_EQ(promise("cam-1").outage, 2);
  set_service(true);
  site_.simulator.spawn(site_.running->outages.passed("cam-1"));  // and nobody here hears its end
  site_.simulator.run_for(minutes(1));
  ASSERT_EQ(promise("cam-1").reason, Reason::passed_through);
  set_service(false);
  EXPECT_TRUE(need("cam-1"));
  EXPECT_EQ(promise("cam-1").outage, 3);
  EXPECT_EQ(outages().back().promises(), 1U);
}

TEST_F(Reconcile, WhatAnOperatorTookBackIsPromisedAnew) {
  set_service(false);
  ASSERT_TRUE(need("cam-1"));
  const std::int64_t writes = site_.registrations.outcomes.writes;
  ASSERT_TRUE(need("cam-1"));
  EXPECT_EQ(site_.registrations.outcomes.writes, writes) << "once in each outage";
  ASSERT_TRUE(site_.simulator.run(site_.running->forwarder.forget(RegistrationId::parse("cam-1").value())));
  ASSERT_FALSE(site_.registrations.outcomes.promises.contains("cam-1"));
  EXPECT_TRUE(need("cam-1"));
}

TEST_F(Reconcile, WhereThereIsNoRoomForMoreTheStoreIsNotAskedEachTime) {
  auto& store = site_.registrations.outcomes;
  ASSERT_TRUE(need("x-1"));
  for (std::size_t i = 0; i < Reconciliations::most_that_need_the_leaf; ++i) {
    Promise promise(RegistrationId::parse("y-" + std::to_string(i)).value());
    promise.made = promise.state = PromiseState::needs_the_leaf;
    store.promises.emplace(promise.id.key(), promise);
  }
  EXPECT_FALSE(need("x-2"));
  store.promises.clear();
  EXPECT_FALSE(need("x-2")) << "not asked";
  site_.simulator.run_for(minutes(5));
  EXPECT_TRUE(need("x-2"));
}

}  // namespace
}  // namespace leafgate::reconcile_test
