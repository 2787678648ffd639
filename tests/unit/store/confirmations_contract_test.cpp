// What the service confirms without being asked by a leaf (ports/confirmations.hpp), of the store and of the
// fake.
#include "tests/unit/store/sites.hpp"

namespace leafgate::confirmations_contract_test {
namespace {

using namespace example;

template <class Site>
class ConfirmationsContract : public ::testing::Test {
 protected:
  Site site_;
};
TYPED_TEST_SUITE(ConfirmationsContract, Sites);

TYPED_TEST(ConfirmationsContract, an_assignment_is_confirmed_where_it_is_the_same_and_nothing_is_open) {
  const auto settle = [this](const std::string& name, bool provisional) {
    Registration r = registration(name);
    r.assignment->provisional = provisional;
    ASSERT_TRUE(run_task(this->site_.registrations().settle(r, operation("5.9"), {}, std::nullopt)));
  };
  settle("a", false);
  settle("b", true);
  settle("c", false);
  settle("d", false);
  ASSERT_TRUE(run_task(this->site_.registrations().enqueue(outbox_row("d", "5.1"), {})));
  const std::string hub = "hub1.azure-devices.net";
  const std::vector<Confirmation> those = {{"a", hub, "a"},
                                           {"b", hub, "b"},
                                           {"c", "hub2.azure-devices.net", "c"},
                                           {"d", hub, "d"},
                                           {"e", hub, "e"}};
  EXPECT_EQ(run_task(this->site_.confirmations().confirm(those, PoweredTime(500), wall(7))).value(), 1U);
  const auto at = [this](const std::string& key) {
    return run_task(this->site_.registrations().find(key)).value()->registration.assignment->confirmed_at;
  };
  EXPECT_EQ(at("a"), PoweredTime(500));
  for (const char* other : {"b", "c", "d"}) EXPECT_EQ(at(other), PoweredTime(77)) << other;
}

TYPED_TEST(ConfirmationsContract,
           when_certificates_end_is_kept_of_whom_an_assignment_is_held_and_nothing_else_changes) {
  Registration known = registration("a");
  Registration unknown = registration("b");
  unknown.assignment.reset();
  for (const Registration& each : {known, unknown})
    ASSERT_TRUE(run_task(this->site_.registrations().settle(each, operation("5.9"), {}, std::nullopt)));
  const ProofEnds own{wall(7'000), std::nullopt};
  const std::vector<ShownEnds> those = {{"a", own, "group other", "9"}, {"b", own}, {"c", own}};
  EXPECT_EQ(run_task(this->site_.confirmations().keep_ends(those)).value(), 1U);
  this->site_.restart();
  known.assignment->ends = own;
  EXPECT_EQ(run_task(this->site_.registrations().find("a")).value()->registration, known);
  EXPECT_EQ(run_task(this->site_.registrations().find("b")).value()->registration, unknown);
  EXPECT_FALSE(run_task(this->site_.registrations().find("c")).value());
}

TYPED_TEST(ConfirmationsContract, whose_assignment_names_no_enrollment_is_given_the_one_that_took_it) {
  Registration learnt = registration("a");
  learnt.assignment->credential.clear();
  learnt.assignment->enrollment_id.clear();
  learnt.assignment->enrollment_etag.clear();
  ASSERT_TRUE(run_task(this->site_.registrations().settle(learnt, operation("5.9"), {}, std::nullopt)));
  const ProofEnds own{wall(7'000), std::nullopt};
  const std::vector<ShownEnds> those = {{"a", own, "group plant", "3"}};
  EXPECT_EQ(run_task(this->site_.confirmations().keep_ends(those)).value(), 1U);
  this->site_.restart();
  learnt.assignment->ends = own;
  learnt.assignment->enrollment_id = "group plant";
  learnt.assignment->enrollment_etag = "3";
  EXPECT_EQ(run_task(this->site_.registrations().find("a")).value()->registration, learnt);
}

}  // namespace
}  // namespace leafgate::confirmations_contract_test
