#include "tests/unit/store/sites.hpp"

namespace leafgate::audit_contract_test {
namespace {

AuditEntry entry(std::string what, std::int64_t second) {
  AuditEntry out;
  out.at = WallTime(Seconds(second));
  out.clock = ClockQuality::synced;
  out.actor = Actor{1000, 4711, "anna", "the line was rebuilt"};
  out.what = std::move(what);
  out.object = "leaf-1";
  return out;
}

template <class Site>
struct AuditContractTest : testing::Test {
  Site site;
  AuditLog& log() { return site.audit_log(); }
  AuditPage all() { return run_task(log().list(WallTime{}, 0, 100)).value(); }
  std::int64_t begin(AuditEntry e) { return run_task(log().begin(std::move(e))).value(); }
};
TYPED_TEST_SUITE(AuditContractTest, Sites);

TYPED_TEST(AuditContractTest, tells_who_did_what_when_and_why_also_after_a_restart) {
  const auto sequence = this->begin(entry("forget", 5));
  ASSERT_TRUE(run_task(this->log().conclude(sequence, "done")));
  this->site.restart();
  const AuditPage page = this->all();
  ASSERT_EQ(page.entries.size(), 1U);
  const AuditEntry& got = page.entries.front();
  EXPECT_EQ(got.what + " " + got.object + " " + got.outcome, "forget leaf-1 done");
  EXPECT_EQ(got.actor.uid, 1000);
  EXPECT_EQ(got.actor.pid, 4711);
  EXPECT_EQ(got.actor.user, "anna");
  EXPECT_EQ(got.actor.because, "the line was rebuilt");
  EXPECT_EQ(got.clock, ClockQuality::synced);
  EXPECT_EQ(got.at, WallTime(Seconds(5)));
}

TYPED_TEST(AuditContractTest, a_change_that_never_ended_stays_begun) {
  this->begin(entry("forget", 5));
  this->site.restart();
  EXPECT_EQ(this->all().entries.front().outcome, "begun");
}

TYPED_TEST(AuditContractTest, pages_from_a_time_on) {
  for (std::int64_t second = 1; second <= 5; ++second) this->begin(entry("retry", second));
  const AuditPage page = run_task(this->log().list(WallTime(Seconds(2)), 0, 2)).value();
  ASSERT_EQ(page.entries.size(), 2U);
  EXPECT_EQ(page.entries.back().sequence, 3);
  EXPECT_EQ(run_task(this->log().list(WallTime{}, 3, 100)).value().entries.size(), 2U);
}

TYPED_TEST(AuditContractTest, texts_are_bounded) {
  AuditEntry long_one = entry("forget", 1);
  long_one.actor.because = std::string(5000, 'x');
  this->begin(std::move(long_one));
  EXPECT_EQ(this->all().entries.front().actor.because.size(), audit_text_limit);
}

TYPED_TEST(AuditContractTest, the_oldest_go_and_are_counted) {
  std::vector<Task<Result<std::int64_t>>> begun;
  for (std::int64_t i = 1; i <= audit_kept + 3; ++i) begun.push_back(this->log().begin(entry("retry", i)));
  run_together(std::move(begun));
  const AuditPage page = this->all();
  EXPECT_EQ(page.removed, 3);
  EXPECT_EQ(page.entries.front().sequence, 4);
}

}  // namespace
}  // namespace leafgate::audit_contract_test
