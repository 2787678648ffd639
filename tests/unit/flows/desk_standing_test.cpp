// How the desk says that a leaf stands.
#include <gtest/gtest.h>

#include "tests/fakes/desk_site.hpp"

namespace leafgate::desk_standing_test {
namespace {

using namespace std::chrono_literals;

struct DeskStanding : testing::Test {
  DeskSite site;

  void assign(const std::string& id) {
    site.enroll(id);
    ASSERT_EQ(site.provision(id).registration_status, RegistrationStatus::assigned) << id;
  }
  void lose_the_service() {
    site.service.up = false;
    site.running->forwarder.doubt();
    site.simulator.run_for(5s);
  }
  DeviceRow row(const std::string& id) {
    DeviceFilter filter;
    filter.match = id;
    return site.simulator.run(site.desk().devices(filter)).value().rows.at(0);
  }
};

TEST_F(DeskStanding, a_leaf_was_last_seen_when_it_came_itself) {
  assign("a-1");
  const WallTime seen = row("a-1").last_seen;
  EXPECT_NE(seen, WallTime{});
  site.simulator.run_for(1h);
  ASSERT_TRUE(site.simulator.run(site.desk().refresh(DeskSite::id("a-1"), DeskSite::anna())));
  site.simulator.run_for(10s);
  ASSERT_GE(site.explain("a-1").notes.back().at, seen + 1h);
  EXPECT_EQ(row("a-1").last_seen, seen);
}

TEST_F(DeskStanding, nobody_who_only_claims_to_be_a_leaf_says_when_it_was_seen) {
  assign("a-1");
  const WallTime seen = row("a-1").last_seen;
  site.simulator.run_for(1h);
  EXPECT_EQ(site.admit(site.attempt("a-1", site.token("a-1", "a false key"))).status, 401);
  EXPECT_EQ(row("a-1").last_seen, seen);
  EXPECT_EQ(code(row("a-1").reason), code(Reason::wrong_key))
      << "it is the last that was heard, and explained";
}

TEST_F(DeskStanding, a_leaf_whose_enrollment_is_disabled_is_called_so) {
  for (const char* id : {"a-1", "a-2"}) assign(id);
  site.enroll("a-1", "the primary key of it", "", false);
  EXPECT_EQ(row("a-1").status, RegistrationStatus::disabled);
  EXPECT_EQ(site.explain("a-1").device.status, RegistrationStatus::disabled);
  DeviceFilter filter;
  filter.state = RegistrationStatus::disabled;
  EXPECT_EQ(site.simulator.run(site.desk().devices(filter)).value().rows.size(), 1U);
  EXPECT_EQ(site.status().assigned, 1U);
  site.enroll("a-1");
  EXPECT_EQ(row("a-1").status, RegistrationStatus::assigned);
}

TEST_F(DeskStanding, a_denied_leaf_that_never_came_is_explained_by_that) {
  EXPECT_EQ(site.simulator.run(site.desk().explain(DeskSite::id("a-1"))).error().code, Errc::not_found);
  site.running->gatekeeper.denied.put_local(make_denial(DenyKind::registration_id, "a-1").value());
  EXPECT_EQ(code(site.explain("a-1").device.reason), code(Reason::denied));
  EXPECT_EQ(code(site.explain("a-1").without_uplink), code(Reason::denied));
}

TEST_F(DeskStanding, a_row_stands_in_the_queue_and_in_what_is_said_of_its_leaf_alike) {
  site.enroll("a-1");
  lose_the_service();
  ASSERT_EQ(site.register_leaf("a-1").status, 202);
  site.service.up = true;
  site.service.refuse_status = 401;
  site.simulator.run_for(10min);
  const QueueList queue = site.simulator.run(site.desk().queue(10));
  ASSERT_EQ(queue.rows.size(), 1U);
  const Explanation told = site.explain("a-1");
  ASSERT_TRUE(told.queued);
  EXPECT_EQ(code(told.queued->reason), code(Reason::service_verdict_unconfirmed));
  EXPECT_EQ(code(told.queued->reason), code(queue.rows[0].reason));
  EXPECT_GT(told.queued->tries, 0);
  EXPECT_EQ(told.queued->tries, queue.rows[0].tries);
  EXPECT_EQ(told.queued->forward_class, queue.rows[0].forward_class);
  EXPECT_TRUE(told.queued->next_try_in && queue.rows[0].next_try_in);
}

TEST_F(DeskStanding, counts_as_assigned_whom_the_list_calls_so) {
  for (const char* id : {"a-1", "a-2"}) assign(id);
  site.enroll("a-3");
  Enrollment& enrolled = site.enrollments.individuals.at("a-3");
  enrolled.provisional = true;
  enrolled.only_hub = "hub1.azure-devices.net";
  site.running->ledger.enrollments_changed();
  lose_the_service();
  ASSERT_EQ(code(site.register_leaf("a-2", R"({"model":2})").reason), code(Reason::queued_offline));
  ASSERT_EQ(code(site.register_leaf("a-3").reason), code(Reason::provisional_assignment));
  EXPECT_EQ(row("a-1").status, RegistrationStatus::assigned);
  EXPECT_EQ(row("a-2").status, RegistrationStatus::assigning);
  EXPECT_EQ(row("a-3").status, RegistrationStatus::assigned) << "it was told so";
  EXPECT_EQ(site.status().assigned, 2U);
}

TEST_F(DeskStanding, does_not_count_an_unknown_leaf_to_a_group_that_takes_all_ids) {
  site.close_desk();
  site.policy.unknown = UnknownPolicy::relay;
  site.restart();
  site.open_desk();
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "line-a";
  group.mechanism = Mechanism::symmetric_key;
  group.primary_key = site.trust.seal(Site::key("the key of the line"), reference(group)).value();
  site.enrollments.put(group);
  site.running->ledger.enrollments_changed();
  lose_the_service();
  ASSERT_EQ(code(site.register_leaf("a-1").reason), code(Reason::unknown_offline));
  EXPECT_EQ(code(site.explain("a-1").without_uplink), code(Reason::unknown_offline));
  EXPECT_FALSE(site.explain("a-1").device.offline);
}

}  // namespace
}  // namespace leafgate::desk_standing_test
