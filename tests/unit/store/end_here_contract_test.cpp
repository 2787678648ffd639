// Promises that the gateway ends itself: what an operator takes back, and whom it refuses.
#include "tests/unit/store/sites.hpp"

namespace leafgate::end_here_contract_test {
namespace {

using namespace example;

template <class Site>
class EndHereContract : public ::testing::Test {
 public:
  Site site_;
  Reconciliations& it() { return site_.reconciliations(); }

  void enqueue(const std::string& leaf) {
    OutboxRow row = outbox_row(leaf, "5.00." + leaf);
    row.reason = Reason::queued_offline;
    ASSERT_TRUE(run_task(site_.registrations().enqueue(row, notes(1))));
  }
  void settle(const std::string& leaf) {
    const OperationId by = operation("5.00." + leaf);
    auto done = site_.registrations().settle(registration(leaf), by, notes(2), receipt(Ruling::assigned));
    ASSERT_TRUE(run_task(std::move(done)));
  }
  Promise of(const std::string& leaf) { return run_task(it().find(leaf)).value().value(); }
  std::vector<std::string> concerned() { return run_task(it().concerned("", 1000)).value(); }
  Outage last_outage() { return run_task(it().outages()).value().back(); }
  void begin() {
    const OutageMoment at{wall(1'000), PoweredTime(1'000), true};
    ASSERT_TRUE(run_task(it().begin_outage(at, Reason::service_unreachable)));
  }
};
TYPED_TEST_SUITE(EndHereContract, Sites);

TYPED_TEST(EndHereContract, what_is_taken_back_was_never_made_in_its_outage) {
  this->begin();
  for (const char* leaf : {"leaf-1", "leaf-2", "leaf-3"}) this->enqueue(leaf);
  this->settle("leaf-3");
  ASSERT_TRUE(run_task(this->site_.registrations().drop(operation("5.00.leaf-1"), {}, notes(3))));
  EXPECT_EQ(run_task(this->site_.registrations().find("leaf-1")).value()->notes, notes(3));
  for (const char* leaf : {"leaf-2", "leaf-3"})
    ASSERT_TRUE(run_task(this->site_.registrations().forget(leaf)).value());
  const Outage outage = this->last_outage();
  EXPECT_EQ(outage.promises(), 1U);
  EXPECT_EQ(outage.came_to.at(static_cast<std::size_t>(PromiseState::confirmed)), 1U);
}

TYPED_TEST(EndHereContract, what_is_refused_here_stays_with_its_reason) {
  this->begin();
  this->enqueue("leaf-1");
  const PromiseEnd stale{Reason::stale_by_true_time, wall(2'000)};
  ASSERT_TRUE(run_task(this->site_.registrations().drop(operation("5.00.leaf-1"), stale, {})));
  EXPECT_FALSE(run_task(this->site_.registrations().outbox_row("leaf-1")).value());
  Promise alone(RegistrationId::parse("leaf-2").value());
  alone.reason = Reason::needs_the_leaf;
  ASSERT_TRUE(run_task(this->it().remember(alone)).value());
  ASSERT_TRUE(run_task(this->it().refuse("leaf-2", Reason::denied, wall(3'000), true)));
  for (const char* leaf : {"leaf-1", "leaf-2"}) {
    EXPECT_EQ(this->of(leaf).state, PromiseState::refused) << leaf;
    EXPECT_TRUE(this->of(leaf).is_settled()) << leaf;
  }
  EXPECT_EQ(this->of("leaf-1").reason, Reason::stale_by_true_time);
  EXPECT_EQ(this->of("leaf-2").reason, Reason::denied);
  EXPECT_TRUE(this->of("leaf-2").told);
  EXPECT_EQ(this->concerned(), std::vector<std::string>{"leaf-1"});
  const Outage outage = this->last_outage();
  EXPECT_EQ(outage.promises(), 2U);
  EXPECT_EQ(outage.came_to.at(static_cast<std::size_t>(PromiseState::refused)), 2U);
  this->enqueue("leaf-3");
  ASSERT_TRUE(run_task(this->it().refuse("leaf-3", Reason::denied, wall(4'000), true)));
  EXPECT_FALSE(this->of("leaf-3").is_settled()) << "its row ends it";
}

}  // namespace
}  // namespace leafgate::end_here_contract_test
