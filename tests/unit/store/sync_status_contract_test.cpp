// Records of the service's list of which nothing is understood but whether they are enabled, and what happens
// beside them.
#include "tests/unit/store/sync_contract.hpp"

namespace leafgate::sync_status_contract_test {
namespace {

using namespace sync_contract;

template <class Site>
class SyncStatusContract : public SyncContract<Site> {};
TYPED_TEST_SUITE(SyncStatusContract, Sites);

Enrollment disabled(const std::string& id, EnrollmentKind kind = individual) {
  return status_alone(kind, id, false);
}
Enrollment enabled(const std::string& id) { return status_alone(individual, id, true); }

TYPED_TEST(SyncStatusContract, is_counted_and_goes_like_a_record) {
  this->sync({listed("a")});
  this->begin();
  this->stage_statuses({disabled("a"), disabled("b")});
  EXPECT_EQ(this->finish().kept_out, 2U);
  EXPECT_EQ(this->ids(), "a/1 b/ ");
  EXPECT_FALSE(this->held("a")->enabled);
  EXPECT_EQ(this->held("b"), disabled("b"));
  this->sync({listed("a", "2")});
  EXPECT_EQ(this->ids(), "a/2 ");
}

TYPED_TEST(SyncStatusContract, what_is_imported_meanwhile_takes_it_and_stays_what_it_is) {
  this->sync({listed("a")});
  this->begin();
  this->stage_statuses({disabled("a"), disabled("b")});
  Enrollment mine = enrollment(individual, "a", "9");
  mine.bridge = true;
  this->import({mine, enrollment(individual, "b", "9")});
  this->finish();
  EXPECT_EQ(this->ids(), "a/9 b/9 ");
  mine.enabled = false;
  mine.origin = EnrollmentOrigin::service;
  EXPECT_EQ(this->held("a"), mine);
  EXPECT_FALSE(this->held("b")->enabled);
}

TYPED_TEST(SyncStatusContract, of_what_is_removed_meanwhile_it_keeps_the_leaf_out_and_nothing_else) {
  Enrollment shut = listed("c");
  shut.enabled = false;
  this->begin();
  ASSERT_TRUE(this->stage({listed("line", "g1", group)}, "", group));
  this->stage_end({listed("a"), shut});
  this->finish();
  this->begin();
  ASSERT_TRUE(this->stage({disabled("line", group)}, "", group));
  this->stage_statuses({disabled("a"), enabled("c")});
  for (const char* id : {"a", "c"}) EXPECT_TRUE(run_task(this->enrollments().remove(individual, id)).value());
  EXPECT_TRUE(run_task(this->enrollments().remove(group, "line")).value());
  this->finish();
  EXPECT_EQ(this->ids(), "a/ ");
  EXPECT_EQ(this->held("a"), disabled("a"));
  EXPECT_TRUE(run_task(this->enrollments().groups()).value().empty());
}

TYPED_TEST(SyncStatusContract, of_two_readings_the_last_one_counts) {
  Enrollment shut = listed("c");
  shut.enabled = false;
  this->sync({listed("a"), shut, listed("gone")});
  this->begin();
  this->stage_statuses({disabled("a"), disabled("b"), enabled("c")});
  EXPECT_EQ(run_task(this->it().standing()).value().counts.changed, 3U);
  ASSERT_TRUE(run_task(this->it().read_again()));
  this->stage_statuses({enabled("a"), enabled("b"), disabled("c")});
  EXPECT_EQ(run_task(this->it().standing()).value().counts.changed, 0U);
  const SyncCounts counts = this->finish();
  EXPECT_EQ(counts.changed, 0U);
  EXPECT_EQ(counts.removed, 1U);
  EXPECT_EQ(this->ids(), "a/1 c/1 ");
  EXPECT_TRUE(this->held("a")->enabled);
  EXPECT_FALSE(this->held("c")->enabled);
}

TYPED_TEST(SyncStatusContract, who_is_enabled_again_is_let_in_though_nothing_else_may_go) {
  this->begin();
  this->stage_statuses({disabled("a"), disabled("b")});
  this->finish();
  this->begin();
  this->stage_statuses({enabled("a"), enabled("b")}, 1);
  EXPECT_EQ(run_task(this->it().missing()).value(), 2U);
  ASSERT_TRUE(run_task(this->it().read_again()));
  this->stage_statuses({enabled("a"), enabled("b")}, 1);
  this->import({enrollment(individual, "b", "9")});
  EXPECT_EQ(this->finish().removed, 1U);
  EXPECT_EQ(this->ids(), "b/9! ");
}

}  // namespace
}  // namespace leafgate::sync_status_contract_test
