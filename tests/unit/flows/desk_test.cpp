#include "gateway/flows/desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/desk_site.hpp"
#include "tests/fakes/fake_commissioning.hpp"

namespace leafgate::desk_test {
namespace {

using namespace std::chrono_literals;

struct DeskTest : testing::Test {
  DeskSite site;

  void assign(const std::string& id) {
    site.enroll(id);
    ASSERT_EQ(site.provision(id).registration_status, RegistrationStatus::assigned) << id;
  }
  DeviceRow row(const std::string& id) {
    DeviceFilter filter;
    filter.match = id;
    return site.simulator.run(site.desk().devices(filter)).value().rows.at(0);
  }
};

TEST_F(DeskTest, counts_who_would_be_answered_alone_as_the_list_does) {
  for (const char* id : {"a-1", "a-2", "a-3", "a-4"}) assign(id);
  EXPECT_EQ(site.status().offline_ready, 4U);
  site.enroll("a-2", "the primary key of it", "", false);
  site.enroll("a-3", "the primary key of it", "", true, "2");
  site.enrollments.individuals.erase("a-4");
  ++site.enrollments.writes;
  site.running->ledger.enrollments_changed();
  const StatusReport report = site.status();
  EXPECT_EQ(report.registrations, 4U);
  EXPECT_EQ(report.offline_ready, 1U);
  EXPECT_EQ(report.offline_not_ready, 3U);
  EXPECT_TRUE(row("a-1").offline);
  for (const char* id : {"a-2", "a-3", "a-4"}) EXPECT_FALSE(row(id).offline) << id;
  EXPECT_EQ(site.explain("a-2").without_uplink, Reason::enrollment_disabled);
}

TEST_F(DeskTest, counts_as_forwarded_what_the_service_has_answered) {
  site.service.up = false;
  site.enroll("a-1");
  (void)site.register_leaf("a-1");
  site.simulator.run_for(10min);
  EXPECT_GT(site.running->forwarder.sent(), 5U);
  EXPECT_EQ(site.status().forwarded, 0U);
  site.service.up = true;
  site.service.polls_until_done = 3;
  site.simulator.run_for(5min);
  EXPECT_EQ(site.status().forwarded, 1U);
}

TEST_F(DeskTest, one_that_is_removed_is_forgotten_and_no_other) {
  for (const char* id : {"a-1", "a-2"}) site.enroll(id);
  Ledger& ledger = site.running->ledger;
  const auto held = [&](const char* id) { return site.simulator.run(ledger.individual(id)).value(); };
  const Ledger::IndividualEnrollment other = held("a-2");
  ASSERT_TRUE(held("a-1"));
  ASSERT_TRUE(site.simulator.run(site.desk().remove_enrollment({}, "A-1", DeskSite::anna())));
  EXPECT_FALSE(held("a-1"));
  EXPECT_EQ(held("a-2"), other);
}

TEST_F(DeskTest, a_word_to_stop_ends_a_look_at_all_leaves) {
  assign("a-1");
  site.desk().stop();
  EXPECT_EQ(site.simulator.run(site.desk().devices({})).error().code, Errc::stopped);
}

TEST_F(DeskTest, what_it_says_of_an_outage_is_what_an_outage_brings) {
  for (const char* id : {"a-1", "a-2"}) assign(id);
  site.enroll("a-2", "the primary key of it", "", true, "2");
  site.enroll("a-3");
  site.service.up = false;
  for (const char* id : {"a-1", "a-2", "a-3"}) {
    (void)site.register_leaf("a-3");  // finds the service gone
    site.simulator.run_for(5s);
    const bool foretold = std::string(id) != "a-3" && row(id).offline;
    EXPECT_EQ(site.provision(id, {}, 10s).registration_status == RegistrationStatus::assigned, foretold)
        << id;
  }
}

// Neither locking nor unlocking writes anything.
TEST_F(DeskTest, counts_nobody_whom_locked_secrets_keep_waiting_and_everybody_again_at_once) {
  assign("a-1");
  EXPECT_EQ(site.status().offline_ready, 1U);
  site.trust.lock();
  EXPECT_EQ(site.status().offline_ready, 0U);
  EXPECT_EQ(site.status().offline_not_ready, 1U);
  EXPECT_FALSE(row("a-1").offline);
  EXPECT_EQ(code(site.explain("a-1").without_uplink), code(Reason::trust_pending));
  EXPECT_EQ(site.desk().last_counts().ready_in_7_days, 0U);
  site.trust.unlock();
  EXPECT_EQ(site.status().offline_ready, 1U);
  EXPECT_TRUE(row("a-1").offline);
  EXPECT_EQ(site.desk().last_counts().ready_in_7_days, 1U);
}

TEST_F(DeskTest, counts_many_leaves_anew_at_once_when_secrets_are_locked_or_unlocked) {
  assign("a-1");
  const RegistrationRecord like = site.registrations.records.at("a-1");
  const Enrollment enrolled = site.enrollments.individuals.at("a-1");
  constexpr std::size_t many = 2'001;  // that are counted in the background where something was written
  for (std::size_t i = 1; i < many; ++i) {
    const std::string id = "b-" + std::to_string(i);
    Registration known(RegistrationId::parse(id).value());
    known.assignment = like.registration.assignment;
    Enrollment own = enrolled;
    own.id = id;
    own.primary_key = site.trust.seal(Site::key("the primary key of it"), reference(own)).value();
    known.assignment->enrollment_id = reference(own);
    site.enrollments.individuals.insert_or_assign(id, std::move(own));
    site.registrations.records.insert_or_assign(id, RegistrationRecord{std::move(known), {}});
  }
  ++site.registrations.writes;
  EXPECT_EQ(site.status().offline_ready, many);
  site.trust.lock();
  EXPECT_EQ(site.status().offline_ready, 0U);
  site.trust.unlock();
  EXPECT_EQ(site.status().offline_ready, many);
}

TEST_F(DeskTest, leaves_are_found_by_what_people_call_them) {
  for (const char* id : {"a-1", "a-2"}) assign(id);
  FakeCommissioning list;
  list.labels["a-2"] = "Press 2, hall B";
  site.desk().set_labels(&list);
  EXPECT_EQ(row("HALL b").registration_id, "a-2");
}

TEST_F(DeskTest, how_a_question_spells_a_leaf_is_not_how_the_leaf_is_called) {
  site.enroll("a-1");
  (void)site.explain("A-1");
  site.service.up = false;
  ASSERT_EQ(site.register_leaf("a-1").status, 202);
  EXPECT_EQ(row("a-1").registration_id, "a-1");
  EXPECT_EQ(site.running->ledger.peek("a-1")->registration.id.text(), "a-1");
}

TEST_F(DeskTest, trust_runs_out_in_the_list_too) {
  assign("a-1");
  DeviceFilter filter;
  filter.expiring = std::chrono::days(30);
  EXPECT_EQ(site.simulator.run(site.desk().devices(filter)).value().rows.size(), 1U);
  filter.expiring = std::chrono::days(29);
  EXPECT_EQ(site.simulator.run(site.desk().devices(filter)).value().rows.size(), 0U);
  site.service.up = false;
  site.simulator.run_for(std::chrono::days(31));
  EXPECT_EQ(site.status().offline_ready, 0U) << "with nothing written";
  EXPECT_FALSE(row("a-1").offline);
}

TEST_F(DeskTest, tells_the_mechanism_of_the_group_that_vouched_while_it_is_held) {
  assign("a-1");
  site.enrollments.individuals.erase("a-1");
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "line-a";
  group.mechanism = Mechanism::x509;
  site.enrollments.put(group);
  site.registrations.records.at("a-1").registration.assignment->enrollment_id = "group line-a";
  site.running->ledger.forget("a-1");
  site.running->ledger.enrollments_changed();
  EXPECT_EQ(site.explain("a-1").enrollment, "group line-a");
  EXPECT_EQ(site.explain("a-1").mechanism, Mechanism::x509);
  EXPECT_TRUE(site.simulator.run(site.desk().remove_enrollment({}, "line-a", {})));
  EXPECT_EQ(site.explain("a-1").enrollment, "") << "it is not enrolled here any more";
}

TEST_F(DeskTest, the_queue_tells_why_each_waits_and_how_long) {
  site.enroll("a-1");
  site.service.up = false;
  (void)site.register_leaf("a-1");
  site.simulator.run_for(30s);
  const QueueList queue = site.simulator.run(site.desk().queue(10));
  ASSERT_EQ(queue.rows.size(), 1U);
  EXPECT_EQ(queue.all, 1U);
  EXPECT_EQ(queue.rows[0].registration_id, "a-1");
  EXPECT_EQ(queue.rows[0].reason, Reason::service_unreachable);
  EXPECT_GE(queue.rows[0].age, 30s);
  EXPECT_TRUE(queue.rows[0].durable);
}

TEST_F(DeskTest, a_row_of_before_the_start_is_as_old_as_its_date_says) {
  site.enroll("a-1");
  site.service.up = false;
  (void)site.register_leaf("a-1");
  site.simulator.run_for(1h);
  site.close_desk();
  site.restart();
  site.open_desk();
  const auto age = [&] { return site.simulator.run(site.desk().queue(10)).rows.at(0).age; };
  site.simulator.run_for(10s);
  EXPECT_GE(age(), 1h);
  site.clock.start -= std::chrono::days(700);
  EXPECT_GE(age(), 10s);
  EXPECT_LT(age(), 1min) << "no older than this run has known it";
}

TEST_F(DeskTest, a_change_stands_in_the_audit_log_with_who_and_why) {
  assign("a-1");
  EXPECT_TRUE(site.simulator.run(site.desk().forget(DeskSite::id("a-1"), DeskSite::anna())));
  EXPECT_EQ(site.simulator.run(site.desk().forget(DeskSite::id("a-9"), DeskSite::anna())).error().code,
            Errc::not_found);
  ASSERT_EQ(site.audit_log.entries.size(), 2U);
  const AuditEntry& entry = site.audit_log.entries[0];
  EXPECT_EQ(entry.what + " " + entry.object + ": " + entry.outcome, "forget a-1: done");
  EXPECT_EQ(entry.actor.user + ", " + entry.actor.because, "anna, the line was rebuilt");
  EXPECT_THAT(site.audit_log.entries[1].outcome, testing::HasSubstr("nothing was known"));
}

TEST_F(DeskTest, what_cannot_be_audited_is_not_done) {
  assign("a-1");
  site.audit_log.fail.fail_all(Error(Errc::store_full, "no room"));
  const auto refused = site.simulator.run(site.desk().forget(DeskSite::id("a-1"), DeskSite::anna()));
  EXPECT_EQ(refused.error().code, Errc::store_full);
  EXPECT_THAT(refused.error().detail, testing::HasSubstr("nothing was done"));
  EXPECT_TRUE(site.explain("a-1").assignment.has_value());
}

TEST_F(DeskTest, says_of_what_was_taken_out_of_the_queue_that_it_has_to_register_anew) {
  site.service.up = false;
  site.enroll("a-1");
  ASSERT_EQ(site.register_leaf("a-1").status, 202);
  const WallTime came = site.explain("a-1").device.last_seen;
  ASSERT_TRUE(site.simulator.run(site.desk().drop(DeskSite::id("a-1"), DeskSite::anna())));
  for (int i = 0; i < 2; ++i) {
    const Explanation told = site.explain("a-1");
    EXPECT_EQ(told.device.reason, Reason::taken_out_of_queue);
    EXPECT_EQ(told.device.last_seen, came);
    site.close_desk();
    site.restart();
    site.open_desk();
  }
}

TEST_F(DeskTest, every_verb_of_the_queue_says_when_there_is_nothing_to_do) {
  const RegistrationId id = DeskSite::id("a-1");
  EXPECT_EQ(site.simulator.run(site.desk().retry(id, {})).error().code, Errc::not_found);
  EXPECT_EQ(site.simulator.run(site.desk().drop(id, {})).error().code, Errc::not_found);
  EXPECT_EQ(site.simulator.run(site.desk().refresh(id, {})).error().code, Errc::not_found);
}

TEST_F(DeskTest, of_groups_that_differ_by_case_alone_it_removes_the_one_that_is_spelt_so) {
  for (const char* id : {"LINE-B", "Line-B"}) {
    Enrollment group;
    group.kind = EnrollmentKind::group;
    group.id = id;
    site.enrollments.put(group);
  }
  site.running->ledger.enrollments_changed();
  auto& desk = site.desk();
  EXPECT_EQ(site.simulator.run(desk.remove_enrollment({}, "line-b", {})).error().detail,
            "several groups have this name: spell it as it is listed");
  EXPECT_TRUE(site.simulator.run(desk.remove_enrollment({}, "LINE-B", {})));
  EXPECT_EQ(site.enrollments.group_rows.begin()->first, "Line-B");
  EXPECT_TRUE(site.simulator.run(desk.remove_enrollment(EnrollmentKind::group, "line-b", {})));
  EXPECT_TRUE(site.enrollments.group_rows.empty());
}

TEST_F(DeskTest, removes_an_enrollment_by_its_name_and_asks_when_two_have_it) {
  site.enroll("plant");
  Enrollment group;
  group.kind = EnrollmentKind::group;
  group.id = "Plant";
  site.enrollments.put(group);
  site.running->ledger.enrollments_changed();
  auto& desk = site.desk();
  EXPECT_EQ(site.simulator.run(desk.enrollment("plant")).value().size(), 2U);
  EXPECT_EQ(site.simulator.run(desk.remove_enrollment({}, "plant", {})).error().code, Errc::conflict);
  EXPECT_TRUE(site.simulator.run(desk.remove_enrollment(EnrollmentKind::group, "plant", {})));
  EXPECT_TRUE(site.simulator.run(desk.remove_enrollment({}, "PLANT", {})));
  EXPECT_EQ(site.simulator.run(desk.enrollment("plant")).error().code, Errc::not_found);
  EXPECT_EQ(site.register_leaf("plant").status, 401);
}

}  // namespace
}  // namespace leafgate::desk_test
