// Signed lists and local entries: what is taken, what is refused, and what stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/flows/bridge_desk.hpp"
#include "tests/fakes/true_second.hpp"
#include "tests/unit/flows/deny_site.hpp"

namespace leafgate::deny_desk_test {
namespace {

struct DenyDeskTest : testing::Test {
  Site site;
  DenyDeskAt at{site};

  DenyDeskTest() {
    site.enroll("pump-01");
    site.enroll("pump-02");
  }
  static Denial id(const std::string& text, std::optional<WallTime> until = std::nullopt) {
    Denial out = DenyDeskAt::entry(DenyKind::registration_id, text);
    out.until = until;
    return out;
  }
  Reason heard(const std::string& leaf) { return site.register_leaf(leaf).reason; }
  bool is_denied(const std::string& leaf) { return heard(leaf) == Reason::denied; }
};

TEST_F(DenyDeskTest, a_signed_list_counts_and_survives_a_restart) {
  const auto effect = at.import(at.list(7, {id("PUMP-01")}));
  ASSERT_TRUE(effect) << effect.error().detail;
  EXPECT_TRUE(effect->changed);
  EXPECT_EQ(effect->number, 7);
  EXPECT_EQ(effect->entries, 1U);
  EXPECT_EQ(at.numbers, 1) << "the epoch moves on";
  EXPECT_EQ(at.last_audit(), "deny import list 7 with 1 entries: done");
  EXPECT_TRUE(is_denied("pump-01"));
  EXPECT_FALSE(is_denied("pump-02"));
  at.restart();
  EXPECT_TRUE(is_denied("pump-01"));
  EXPECT_EQ(at.run(at.desk->deny_report(10)).list->number, 7);
}

TEST_F(DenyDeskTest, a_newer_list_replaces_the_one_before) {
  ASSERT_TRUE(at.import(at.list(7, {id("pump-01")})));
  ASSERT_TRUE(at.import(at.list(8, {id("pump-02")})));
  EXPECT_FALSE(is_denied("pump-01"));
  EXPECT_TRUE(is_denied("pump-02"));
}

TEST_F(DenyDeskTest, lists_that_are_refused_change_nothing) {
  ASSERT_TRUE(at.import(at.list(7, {id("pump-01")})));
  const int writes = at.denials.writes;
  const auto refused = [&](SignedDenyList list) {
    const auto effect = at.import(std::move(list));
    return effect ? "taken" : std::string(to_text(effect.error().code));
  };
  EXPECT_EQ(refused(at.list(6, {})), to_text(Errc::conflict)) << "older";
  EXPECT_EQ(refused(at.list(7, {})), to_text(Errc::conflict)) << "another one of this number";
  EXPECT_EQ(refused(at.list(8, {}, example::ec_private, "0ne00OTHER")), to_text(Errc::conflict));
  EXPECT_EQ(refused(at.list(8, {}, example::ed_private)), to_text(Errc::refused)) << "another signer";
  SignedDenyList changed = at.list(8, {});
  changed.payload += " ";
  EXPECT_EQ(refused(changed), to_text(Errc::refused));
  SignedDenyList other = at.list(8, {});
  other.algorithm = DocumentAlgorithm::eddsa;
  EXPECT_EQ(refused(other), to_text(Errc::refused));
  EXPECT_EQ(at.denials.writes, writes);
  EXPECT_EQ(at.numbers, 1);
  EXPECT_TRUE(is_denied("pump-01"));
}

TEST_F(DenyDeskTest, the_very_list_again_is_nothing_to_do) {
  const SignedDenyList list = at.list(7, {id("pump-01")});
  ASSERT_TRUE(at.import(list));
  const auto again = at.import(list);
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(at.denials.writes, 1);
  EXPECT_EQ(at.numbers, 1);
}

TEST_F(DenyDeskTest, without_a_signer_none_is_taken) {
  at.signer.reset();
  at.restart();
  const auto refused = at.import(at.list(1, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_NE(refused.error().detail.find("deny.signer"), std::string::npos) << refused.error().detail;
}

TEST_F(DenyDeskTest, what_the_store_did_not_take_does_not_count) {
  at.denials.fail.fail_all(Error(Errc::store_full, "no room"));
  EXPECT_FALSE(at.import(at.list(7, {id("pump-01")})));
  EXPECT_FALSE(at.deny("pump-01"));
  at.denials.fail.heal();
  EXPECT_FALSE(is_denied("pump-01"));
  EXPECT_TRUE(at.import(at.list(7, {id("pump-01")}))) << "and it may be carried in again";
}

TEST_F(DenyDeskTest, local_ones_stand_beside_the_list) {
  ASSERT_TRUE(at.import(at.list(7, {id("pump-01")})));
  ASSERT_TRUE(at.deny("pump-01"));
  ASSERT_TRUE(at.deny("pump-02"));
  EXPECT_EQ(at.last_audit(), "deny add registrationId pump-02: done");
  at.restart();
  EXPECT_TRUE(is_denied("pump-02"));
  const auto gone = at.lift(id("pump-02"));
  ASSERT_TRUE(gone);
  EXPECT_FALSE(gone->is_still_listed);
  EXPECT_FALSE(is_denied("pump-02"));
  const auto listed = at.lift(id("pump-01"));
  ASSERT_TRUE(listed);
  EXPECT_TRUE(listed->is_still_listed);
  EXPECT_TRUE(is_denied("pump-01"));
  EXPECT_EQ(at.lift(id("pump-01")).error().code, Errc::conflict) << "only a newer list lifts it";
  EXPECT_EQ(at.lift(id("nobody")).error().code, Errc::not_found);
  ASSERT_TRUE(at.import(at.list(8, {})));
  EXPECT_FALSE(is_denied("pump-01"));
}

TEST_F(DenyDeskTest, a_time_that_is_over_counts_only_by_a_synced_clock) {
  const WallTime end = site.clock.now().at + std::chrono::hours(1);
  ASSERT_TRUE(at.deny(id("pump-01", end)));
  EXPECT_TRUE(is_denied("pump-01"));
  site.clock.start += std::chrono::hours(2);
  site.clock.quality = ClockQuality::plausible;
  EXPECT_TRUE(is_denied("pump-01")) << "nobody knows what the time is";
  site.clock.quality = ClockQuality::unsynced;
  EXPECT_TRUE(is_denied("pump-01"));
  site.clock.quality = ClockQuality::synced;
  EXPECT_FALSE(is_denied("pump-01"));
  site.clock.start -= std::chrono::hours(2);
  EXPECT_TRUE(is_denied("pump-01")) << "it was not thrown away: the time was wrong";
}

TEST_F(DenyDeskTest, an_end_that_is_past_is_not_taken_where_that_is_known) {
  const WallTime past = site.clock.now().at - std::chrono::hours(1);
  EXPECT_EQ(at.deny(id("pump-01", past)).error().code, Errc::conflict);
  EXPECT_FALSE(is_denied("pump-01"));
  EXPECT_EQ(at.last_audit(), "none");
  site.clock.quality = ClockQuality::plausible;
  const auto taken = at.deny(id("pump-01", past));
  ASSERT_TRUE(taken);
  EXPECT_TRUE(taken->seems_over);
  EXPECT_TRUE(is_denied("pump-01")) << "the clock may be wrong";
  ASSERT_TRUE(at.deny("pump-02"));
  EXPECT_FALSE(at.run(at.desk->deny_report(10)).now);
  EXPECT_EQ(site.running->gatekeeper.denied.local_in_force(), 2U);
  site.clock.quality = ClockQuality::synced;
  EXPECT_EQ(at.run(at.desk->deny_report(10)).now, site.clock.now().at);
  EXPECT_EQ(site.running->gatekeeper.denied.local_in_force(), 1U);
  EXPECT_EQ(site.running->gatekeeper.denied.local_count(), 2U);
}

TEST_F(DenyDeskTest, an_approval_tells_what_keeps_the_leaf_out_all_the_same) {
  using testing::ElementsAre;
  using testing::IsEmpty;
  ASSERT_EQ(site.provision("pump-01").status, 200);
  EXPECT_THAT(at.approve("pump-01")->lifts, IsEmpty());
  ASSERT_TRUE(at.import(at.list(7, {id("pump-01")})));
  ASSERT_TRUE(at.deny("pump-01"));
  EXPECT_THAT(at.approve("PUMP-01")->lifts,
              ElementsAre("leafgatectl deny remove pump-01",
                          "a signed list of a higher number without registrationId pump-01"));
  const std::string& shown = site.registrations.records.at("pump-01").registration.assignment->credential;
  ASSERT_TRUE(at.import(at.list(8, {})));
  ASSERT_TRUE(at.lift(id("pump-01")));
  ASSERT_TRUE(at.deny(DenyDeskAt::entry(DenyKind::certificate, shown)));
  EXPECT_THAT(at.approve("pump-01")->lifts, ElementsAre("leafgatectl deny remove --certificate " + shown));
}

TEST_F(DenyDeskTest, rows_of_the_last_run_are_not_sent) {
  site.service.up = false;
  ASSERT_EQ(site.register_leaf("pump-01").status, 202);
  ASSERT_EQ(site.register_leaf("pump-02").status, 202);
  // Denied while the daemon was down: as by a restored store, or an entry whose time had seemed to be over.
  at.denials.held.local.push_back(id("pump-01"));
  at.restart();
  site.simulator.run_for(std::chrono::seconds(1));  // what this site sends before its lists are loaded
  site.service.up = true;
  site.simulator.run_for(std::chrono::minutes(10));
  EXPECT_FALSE(site.service.registered.contains("pump-01"));
  EXPECT_TRUE(site.service.registered.contains("pump-02"));
  EXPECT_EQ(site.registrations.records.at("pump-01").registration.outcome->reason, Reason::denied);
}

TEST_F(DenyDeskTest, what_is_under_way_brings_nothing) {
  site.service.latency = std::chrono::seconds(3);
  ASSERT_EQ(site.register_leaf("pump-01").status, 202);
  site.simulator.run_for(std::chrono::seconds(1));
  ASSERT_TRUE(at.deny("pump-01"));
  site.simulator.run_for(std::chrono::minutes(1));
  EXPECT_FALSE(site.registrations.records.at("pump-01").registration.assignment);
}

TEST_F(DenyDeskTest, an_operator_is_told_when_he_asks_the_service_about_one) {
  ASSERT_EQ(site.provision("pump-01").status, 200);
  ASSERT_TRUE(at.deny("pump-01"));
  const auto asked = at.run(site.running->forwarder.ask_again(RegistrationId::parse("pump-01").value()));
  EXPECT_EQ(asked.error().code, Errc::refused);
}

TEST_F(DenyDeskTest, others_behind_the_same_address_do_not_suffer) {
  ASSERT_TRUE(at.deny("pump-01"));
  for (int i = 0; i < 500; ++i) EXPECT_EQ(site.register_leaf("pump-01").status, 401);
  EXPECT_EQ(site.register_leaf("pump-02").status, 202);
}

TEST_F(DenyDeskTest, who_is_denied_takes_over_nobody) {
  ASSERT_TRUE(at.deny("pump-01"));
  const auto connection = std::make_shared<CountedPresence>();
  Attempt a = site.attempt("pump-01", site.token("pump-01"));
  a.presence = connection;
  EXPECT_EQ(site.admit(std::move(a)).status, 401);
  EXPECT_EQ(site.running->gatekeeper.connections.size(), 1U);
}

TEST_F(DenyDeskTest, connections_of_others_stay) {
  std::vector<std::shared_ptr<CountedPresence>> all;
  for (const char* leaf : {"pump-01", "pump-02"}) {
    all.push_back(std::make_shared<CountedPresence>());
    Attempt a = site.attempt(leaf, site.token(leaf));
    a.presence = all.back();
    ASSERT_EQ(site.admit(std::move(a)).status, 202);
  }
  EXPECT_EQ(at.deny("pump-02")->connections, 1U);
  EXPECT_EQ(all[0]->ended, 0);
  EXPECT_EQ(all[1]->ended, 1);
}

TEST_F(DenyDeskTest, no_bridge_speaks_for_it) {
  Enrollment bridged;
  bridged.id = "pump-03";
  bridged.mechanism = Mechanism::symmetric_key;
  bridged.etag = "1";
  bridged.bridge = true;
  bridged.primary_key = site.trust.seal(Site::key("the primary key of it"), reference(bridged)).value();
  site.enrollments.put(std::move(bridged));
  site.running->ledger.enrollments_changed();
  ASSERT_EQ(site.provision("pump-03").status, 200);
  const Reason none = Reason::none;
  Events events;
  FakeAuditLog log;
  BridgeDesk desk(site.simulator.executor(),
                  {site.running->ledger, site.trust, site.clock, none, Audited(log, site.clock, events),
                   nullptr, &site.running->gatekeeper.denied});
  const auto ask = [&] {
    site.simulator.run_for(std::chrono::seconds(30));
    return at.run(
        desk.hub_token(RegistrationId::parse("pump-03").value(), std::chrono::minutes(5), at.anna()));
  };
  ASSERT_TRUE(ask().token);
  ASSERT_TRUE(at.reject("pump-03"));
  EXPECT_EQ(ask().token.error().code, Errc::refused);
  ASSERT_TRUE(at.approve("pump-03"));
  ASSERT_TRUE(ask().token);
  site.running->gatekeeper.contest("pump-03", "192.0.2.99");
  EXPECT_EQ(ask().token.error().code, Errc::refused) << "two places prove it";
  site.running->gatekeeper.settle("pump-03");
  ASSERT_TRUE(at.deny("pump-03"));
  EXPECT_EQ(ask().token.error().code, Errc::refused);
}

TEST_F(DenyDeskTest, a_full_list_takes_the_end_of_what_it_has) {
  for (std::size_t i = 0; i < 20'000; ++i)
    site.running->gatekeeper.denied.put_local(id("other-" + std::to_string(i)));
  EXPECT_EQ(at.deny("pump-01").error().code, Errc::too_large);
  EXPECT_TRUE(at.deny(id("other-7", site.clock.now().at + std::chrono::hours(1))));
}

TEST_F(DenyDeskTest, twenty_thousand_entries_act_within_a_second_of_true_time) {
  std::vector<Denial> entries;
  for (std::size_t i = 0; i < DenyList::most_entries; ++i)
    entries.push_back(id("other-" + std::to_string(i)));
  entries.back() = id("pump-01");
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(at.import(at.list(7, std::move(entries))));
  EXPECT_TRUE(is_denied("pump-01"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, true_second);
}

// Nothing is enrolled: the service decides live.
TEST_F(DenyDeskTest, a_relay_under_way_ends_and_is_not_learnt) {
  site.policy.unknown = UnknownPolicy::relay;
  at.restart();
  site.service.latency = std::chrono::seconds(3);
  const Answer begun = site.register_leaf("stranger-1");
  site.service.latency = std::chrono::seconds(3);
  ASSERT_TRUE(at.deny("stranger-1"));
  site.simulator.run_for(std::chrono::minutes(1));
  EXPECT_FALSE(site.registrations.records.contains("stranger-1") &&
               site.registrations.records.at("stranger-1").registration.assignment);
  if (begun.operation) {
    EXPECT_EQ(site.poll("stranger-1", *begun.operation).status, 401);
  }
}

}  // namespace
}  // namespace leafgate::deny_desk_test
