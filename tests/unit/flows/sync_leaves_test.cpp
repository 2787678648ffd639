// Where leaves are, by the service's list (semantics §5).
#include <set>

#include "tests/unit/flows/sync_fixture.hpp"

namespace leafgate::sync_leaves_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
constexpr auto group = EnrollmentKind::group;

TEST_F(SyncTest, confirms_learns_and_rehomes_what_the_list_shows) {
  for (const char* id : {"same", "moved", "open"}) {
    site.enroll(id);
    ASSERT_EQ(site.provision(id).registration_status, RegistrationStatus::assigned) << id;
  }
  const std::string hub = site.registrations.records.at("same").registration.assignment->assigned_hub;
  list.put("Line", "g1", group);
  for (const char* id : {"same", "moved", "open", "new", "odd"}) list.put(id, "2");
  list.individuals.at("same").listed.state = assigned("same", hub);
  list.individuals.at("moved").listed.state = assigned("moved", "hub9.azure-devices.net");
  list.individuals.at("open").listed.state = assigned("open", "hub9.azure-devices.net");
  list.individuals.at("new").listed.state = assigned("new");
  list.individuals.at("odd").listed.state = assigned("odd", "192.0.2.1");
  list.states_of["Line"] = {assigned("of-line")};
  pass(hours(2));
  site.service.up = false;
  site.running->forwarder.doubt();
  pass(seconds(1));
  site.register_leaf("open", R"({"other":1})");  // waits for the service
  site.service.up = true;
  site.running->forwarder.doubt();
  start();
  ASSERT_TRUE(settles());
  const auto of = [this](const std::string& id) {
    return site.registrations.records.at(id).registration.assignment;
  };
  EXPECT_GT(of("same")->confirmed_at, hours(2));
  EXPECT_NE(of("same")->credential, "") << "what earned it stays";
  EXPECT_EQ(of("moved")->assigned_hub, "hub9.azure-devices.net");
  EXPECT_EQ(of("moved")->enrollment_id, "individual moved");
  EXPECT_EQ(of("new")->assigned_hub, "hub1.azure-devices.net");
  EXPECT_EQ(of("new")->enrollment_id, "individual new");
  EXPECT_EQ(of("new")->enrollment_etag, "2");
  EXPECT_EQ(of("new")->credential, "");
  EXPECT_EQ(of("of-line")->enrollment_id, "group Line");
  EXPECT_FALSE(site.registrations.records.contains("odd"));
  EXPECT_EQ(sync().report().rehomed, 1U + (of("open")->assigned_hub == "hub9.azure-devices.net" ? 1U : 0U));
}

TEST_F(SyncTest, confirms_many_some_at_a_time_with_a_rest_between) {
  list.page_size = 1000;
  for (int i = 0; i < 250; ++i) {
    const std::string id = "leaf-" + std::to_string(100 + i);
    list.put(id, "1", EnrollmentKind::individual, Mechanism::x509);
    list.individuals.at(id).listed.state = assigned(id);
  }
  start();
  ASSERT_TRUE(settles());
  ASSERT_EQ(sync().report().learnt, 250U);
  pass(hours(2));
  const auto before = confirmations.calls;
  sync().start_now();
  for (int i = 0; i < 10'000 && sync().report().confirmed == 0; ++i) pass(Millis(1));
  EXPECT_EQ(sync().report().confirmed, 100U);
  EXPECT_EQ(confirmations.calls - before, 1);
  pass(Millis(5));
  EXPECT_EQ(sync().report().confirmed, 200U);
  pass(Millis(5));
  EXPECT_EQ(sync().report().confirmed, 250U);
  EXPECT_EQ(confirmations.calls - before, 3);
}

TEST_F(SyncTest, what_is_held_in_memory_stays_where_the_list_changes_nothing) {
  fill();
  start();
  ASSERT_TRUE(settles());
  Ledger& ledger = site.running->ledger;
  const auto held = [&] { return site.simulator.run(ledger.individual("a")).value(); };
  const Ledger::IndividualEnrollment before = held();
  ASSERT_TRUE(before);
  const auto sync_again = [this] {
    const auto runs = sync().report().runs;
    sync().start_now();
    pass(minutes(1));
    EXPECT_EQ(sync().report().runs, runs + 1);
  };
  sync_again();
  EXPECT_EQ(held(), before);
  list.put("b", "2");
  sync_again();
  EXPECT_NE(held(), before);
}

// Confirmed by a clock that was a day fast: the leaf was moved an hour afterwards.
TEST_F(SyncTest, a_leaf_that_was_moved_is_seen_also_after_the_clock_was_fast) {
  site.clock.start += hours(24);
  site.enroll("pump-1");
  ASSERT_EQ(site.provision("pump-1").registration_status, RegistrationStatus::assigned);
  site.clock.start -= hours(24);
  list.put("pump-1", "1");
  auto& state = list.individuals.at("pump-1").listed.state;
  state = assigned("pump-1", "hub9.azure-devices.net");
  state->last_updated = site.clock.now().at + hours(1);
  pass(hours(3));
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(site.registrations.records.at("pump-1").registration.assignment->assigned_hub,
            "hub9.azure-devices.net");
}

TEST_F(SyncTest, counts_the_states_that_are_not_understood) {
  fill();
  list.odd_states = 3;
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(sync().report().odd_states, 3U);
  list.odd_states = 0;
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(sync().report().odd_states, 0U);
}

// More leaves than there is room for at once: whatever sync.every says, none waits for the day of the next
// run.
TEST_F(SyncTest, more_leaves_than_one_run_can_learn_are_learnt_by_the_next_ones) {
  most_to_learn = 20;
  options.every = Millis(0);
  list.page_size = 10;
  for (int i = 0; i < 50; ++i) {
    const std::string id = "leaf-" + std::to_string(100 + i);
    list.put(id, "1", EnrollmentKind::individual, Mechanism::x509);
    list.individuals.at(id).listed.state = assigned(id);
  }
  std::set<std::size_t> left;
  list.fault = [&](int, ListAnswer&, std::optional<Error>&) { left.insert(sync().report().left_to_learn); };
  start();
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(site.registrations.records.size(), 50U);
  EXPECT_EQ(left, (std::set<std::size_t>{0, 10, 30})) << "and it is told";
  EXPECT_EQ(sync().report().left_to_learn, 0U);
  EXPECT_EQ(sync().report().runs, 3U);
  EXPECT_EQ(sync().report().phase, SyncPhase::idle);
}

TEST(JudgeSighting, is_a_table) {
  const auto state = SyncSite::assigned("a", "hub1.azure-devices.net");
  Assignment known;
  known.assigned_hub = "hub1.azure-devices.net";
  known.device_id = "a";
  known.confirmed_wall = WallTime(Millis(10'000'000));
  PoweredTime asked_at{};
  const auto judge = [&asked_at](const RegistrationState& s, const Assignment* k) {
    return judge_sighting(s, k, {}, asked_at);
  };
  EXPECT_EQ(judge(state, nullptr), SightingSays::learnt);
  EXPECT_EQ(judge(state, &known), SightingSays::confirmed);
  known.tpm_key = SealedKey{"k"};
  EXPECT_EQ(judge(state, &known), SightingSays::rehomed) << "its key for the hub was rolled";
  known.etag = "s1";
  EXPECT_EQ(judge(state, &known), SightingSays::confirmed);
  known.assigned_hub = "hub2.azure-devices.net";
  EXPECT_EQ(judge(state, &known), SightingSays::rehomed);
  auto older = state;
  older.last_updated = WallTime(Millis(9'000'000));
  EXPECT_EQ(judge(older, &known), SightingSays::nothing);
  asked_at = hours(2);
  EXPECT_EQ(judge(older, &known), SightingSays::rehomed) << "one of both clocks is wrong";
  known.confirmed_at = hours(2);
  EXPECT_EQ(judge(older, &known), SightingSays::nothing);
  known.provisional = true;
  EXPECT_EQ(judge(state, &known), SightingSays::nothing);
  auto failed = state;
  failed.status = RegistrationStatus::failed;
  EXPECT_EQ(judge(failed, nullptr), SightingSays::nothing);
  auto address = state;
  address.assigned_hub = "10.0.0.1";
  EXPECT_EQ(judge(address, nullptr), SightingSays::nothing);
}

}  // namespace
}  // namespace leafgate::sync_leaves_test
