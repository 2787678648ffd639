// Nobody is answered from a store that is not to be believed.
#include <gtest/gtest.h>

#include "tests/fakes/desk_site.hpp"

namespace leafgate::admit_doubt_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class AdmitDoubtTest : public ::testing::Test {
 protected:
  DeskSite site_;

  void doubt(Reason why = Reason::store_rolled_back) { site_.running->admission.set_doubt(why); }
  void learn(const std::string& id) {
    site_.enroll(id);
    ASSERT_EQ(site_.provision(id).registration_status, RegistrationStatus::assigned);
    ASSERT_EQ(site_.register_leaf(id).reason, Reason::answered_from_cache);
  }
};

TEST_F(AdmitDoubtTest, a_known_leaf_hears_what_the_service_says_now) {
  learn("leaf-1");
  const std::size_t asked = site_.service.order.size();
  doubt();
  const Answer answer = site_.provision("leaf-1");
  EXPECT_EQ(answer.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(answer.reason, Reason::assigned_by_service);
  EXPECT_EQ(site_.service.order.size(), asked + 1);
  // Not even what was learnt since, until an operator accepts the store.
  EXPECT_EQ(site_.register_leaf("leaf-1").reason, Reason::forwarded_new);
  doubt(Reason::none);
  site_.simulator.run_for(minutes(5));
  EXPECT_EQ(site_.register_leaf("leaf-1").reason, Reason::answered_from_cache);
}

TEST_F(AdmitDoubtTest, with_the_service_away_it_is_told_to_come_back_and_nothing_is_written) {
  learn("leaf-1");
  site_.service.up = false;
  doubt(Reason::store_foreign);
  (void)site_.register_leaf("leaf-1");
  site_.simulator.run_for(seconds(60));
  const std::int64_t writes = site_.registrations.writes;
  ASSERT_FALSE(site_.running->forwarder.state().up);
  const Answer answer = site_.register_leaf("leaf-1");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.reason, Reason::store_foreign);
  const Answer polled = site_.poll("leaf-1", *answer.operation);
  EXPECT_EQ(polled.status, 202);
  EXPECT_EQ(polled.reason, Reason::store_foreign);
  EXPECT_EQ(site_.registrations.writes, writes);
}

TEST_F(AdmitDoubtTest, an_operation_of_a_cached_answer_is_not_known_any_more) {
  learn("leaf-1");
  const Answer cached = site_.register_leaf("leaf-1");
  ASSERT_EQ(site_.poll("leaf-1", *cached.operation).registration_status, RegistrationStatus::assigned);
  doubt();
  EXPECT_EQ(site_.poll("leaf-1", *cached.operation).status, 404);
}

TEST_F(AdmitDoubtTest, how_an_operation_ended_before_the_start_is_not_told) {
  learn("leaf-1");
  const auto ended =
      OperationId::parse(site_.registrations.records.at("leaf-1").registration.outcome->operation_id);
  ASSERT_EQ(site_.poll("leaf-1", *ended).status, 200);
  site_.close_desk();
  site_.restart();
  site_.open_desk();
  doubt();
  EXPECT_EQ(site_.poll("leaf-1", *ended).status, 404);
}

TEST_F(AdmitDoubtTest, a_lookup_gets_nothing_of_the_store) {
  learn("leaf-1");
  doubt();
  Attempt attempt = site_.attempt("leaf-1", site_.token("leaf-1"));
  attempt.lookup = true;
  const Answer answer = site_.admit(std::move(attempt));
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.state.empty());
}

TEST_F(AdmitDoubtTest, a_wrong_key_is_refused_and_a_disabled_leaf_ends_so) {
  learn("leaf-1");
  site_.enroll("leaf-2", "the primary key of it", "", false);
  doubt();
  EXPECT_EQ(site_.admit(site_.attempt("leaf-1", site_.token("leaf-1", "another key"))).status, 401);
  EXPECT_EQ(site_.register_leaf("leaf-2").reason, Reason::enrollment_disabled);
}

TEST_F(AdmitDoubtTest, status_says_why_and_counts_nobody_as_ready) {
  learn("leaf-1");
  EXPECT_EQ(site_.status().offline_ready, 1U);
  doubt();
  const StatusReport report = site_.status();
  EXPECT_EQ(report.offline_ready, 0U);
  ASSERT_EQ(report.degraded.size(), 1U);
  EXPECT_EQ(report.degraded.front().reason, Reason::store_rolled_back);
  EXPECT_EQ(site_.explain("leaf-1").without_uplink, Reason::store_rolled_back);
}

}  // namespace
}  // namespace leafgate::admit_doubt_test
