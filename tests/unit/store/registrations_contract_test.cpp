#include <algorithm>

#include "tests/unit/store/sites.hpp"

namespace leafgate::registrations_contract_test {
namespace {

using namespace example;

template <class Site>
class RegistrationsContract : public ::testing::Test {
 protected:
  Site site_;
  Registrations& it() { return site_.registrations(); }
  std::int64_t enqueue(const std::string& key, const std::string& op) {
    return run_task(it().enqueue(outbox_row(key, op), notes(1))).value();
  }
  void settle(const std::string& key, const std::string& op) {
    ASSERT_TRUE(run_task(it().settle(registration(key), operation(op), notes(2), std::nullopt)));
  }
};
TYPED_TEST_SUITE(RegistrationsContract, Sites);

TYPED_TEST(RegistrationsContract, what_was_never_stored_is_not_found) {
  EXPECT_FALSE(run_task(this->it().find("leaf-1")).value());
  EXPECT_FALSE(run_task(this->it().outbox_row("leaf-1")).value());
  EXPECT_EQ(run_task(this->it().count()).value(), 0U);
  EXPECT_TRUE(run_task(this->it().outbox(0, 10)).value().empty());
  EXPECT_FALSE(run_task(this->it().forget("leaf-1")).value());
  EXPECT_TRUE(run_task(this->it().drop(operation("none"), {}, {})));
  EXPECT_EQ(this->site_.writes(), 0);
}

TYPED_TEST(RegistrationsContract, an_outbox_row_comes_back_whole_after_a_restart) {
  OutboxRow row = outbox_row("Leaf-1", "op-1");
  row.sequence = run_task(this->it().enqueue(row, notes(1))).value();
  EXPECT_GT(row.sequence, 0);
  this->site_.restart();
  const auto found = run_task(this->it().outbox_row("leaf-1")).value();
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, row);
  EXPECT_EQ(found->id.text(), "Leaf-1");
}

TYPED_TEST(RegistrationsContract, a_queued_leaf_has_a_bare_registration_with_its_notes) {
  this->enqueue("leaf-1", "op-1");
  const auto record = run_task(this->it().find("leaf-1")).value();
  ASSERT_TRUE(record);
  EXPECT_FALSE(record->registration.assignment);
  EXPECT_FALSE(record->registration.outcome);
  EXPECT_EQ(record->notes, notes(1));
  EXPECT_EQ(run_task(this->it().count()).value(), 1U);
}

TYPED_TEST(RegistrationsContract, the_newest_attempt_wins_but_keeps_its_place) {
  OutboxRow first = outbox_row("leaf-1", "op-1");
  const auto sequence = run_task(this->it().enqueue(first, notes(1))).value();
  OutboxRow second = outbox_row("leaf-1", "op-2");
  second.queued_at = wall(5);
  second.request.payload = "{}";
  EXPECT_EQ(run_task(this->it().enqueue(second, notes(2))).value(), sequence);
  const auto rows = run_task(this->it().outbox(0, 10)).value();
  ASSERT_EQ(rows.size(), 1U);
  second.sequence = sequence;
  second.queued_at = first.queued_at;
  EXPECT_EQ(rows[0], second);
  EXPECT_EQ(run_task(this->it().find("leaf-1")).value()->notes, notes(2));
}

TYPED_TEST(RegistrationsContract, settling_stores_the_result_and_deletes_the_row) {
  this->enqueue("leaf-1", "op-1");
  this->settle("leaf-1", "op-1");
  this->site_.restart();
  const auto record = run_task(this->it().find("leaf-1")).value();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->registration, registration("leaf-1"));
  EXPECT_EQ(record->notes, notes(2));
  EXPECT_TRUE(run_task(this->it().outbox(0, 10)).value().empty());
}

TYPED_TEST(RegistrationsContract, an_outcome_may_tell_another_state_than_the_assignment) {
  Registration failed = registration("leaf-1");
  failed.outcome->state = R"({"status":"failed"})";
  failed.outcome->status = RegistrationStatus::failed;
  failed.outcome->error_code = 400207;
  failed.outcome->message = "custom allocation failed";
  ASSERT_TRUE(run_task(this->it().settle(failed, operation("op-1"), {}, std::nullopt)));
  EXPECT_EQ(run_task(this->it().find("leaf-1")).value()->registration, failed);
  failed.assignment.reset();
  ASSERT_TRUE(run_task(this->it().settle(failed, operation("op-1"), {}, std::nullopt)));
  EXPECT_EQ(run_task(this->it().find("leaf-1")).value()->registration, failed);
}

TYPED_TEST(RegistrationsContract, settling_an_older_operation_leaves_the_newer_row) {
  this->enqueue("leaf-1", "op-1");
  this->enqueue("leaf-1", "op-2");
  this->settle("leaf-1", "op-1");
  const auto row = run_task(this->it().outbox_row("leaf-1")).value();
  ASSERT_TRUE(row);
  EXPECT_EQ(row->operation_id, operation("op-2"));
}

TYPED_TEST(RegistrationsContract, queueing_again_keeps_the_assignment) {
  this->settle("leaf-1", "op-1");
  this->enqueue("leaf-1", "op-2");
  EXPECT_EQ(run_task(this->it().find("leaf-1")).value()->registration, registration("leaf-1"));
}

TYPED_TEST(RegistrationsContract, a_sequence_is_not_given_twice) {
  const auto first = this->enqueue("leaf-1", "op-1");
  this->settle("leaf-1", "op-1");
  EXPECT_GT(this->enqueue("leaf-2", "op-2"), first);
  ASSERT_TRUE(run_task(this->it().drop(operation("op-2"), {}, {})));
  EXPECT_GT(this->enqueue("leaf-2", "op-3"), first + 1);
}

TYPED_TEST(RegistrationsContract, dropping_deletes_the_row_and_keeps_the_registration) {
  this->enqueue("leaf-1", "op-1");
  this->enqueue("leaf-2", "op-2");
  ASSERT_TRUE(run_task(this->it().drop(operation("op-1"), {}, {})));
  EXPECT_FALSE(run_task(this->it().outbox_row("leaf-1")).value());
  EXPECT_TRUE(run_task(this->it().outbox_row("leaf-2")).value());
  EXPECT_TRUE(run_task(this->it().find("leaf-1")).value());
}

TYPED_TEST(RegistrationsContract, forgetting_deletes_registration_and_row) {
  this->enqueue("leaf-1", "op-1");
  EXPECT_TRUE(run_task(this->it().forget("leaf-1")).value());
  EXPECT_FALSE(run_task(this->it().find("leaf-1")).value());
  EXPECT_TRUE(run_task(this->it().outbox(0, 10)).value().empty());
  EXPECT_EQ(run_task(this->it().count()).value(), 0U);
  EXPECT_FALSE(run_task(this->it().forget("leaf-1")).value());
}

TYPED_TEST(RegistrationsContract, hubs_are_told_once_each_and_of_assignments_alone) {
  EXPECT_TRUE(run_task(this->it().hubs()).value().empty());
  this->enqueue("leaf-0", "op-0");
  for (const char* key : {"leaf-1", "leaf-2", "leaf-3"}) {
    Registration assigned = registration(key);
    if (std::string_view(key) == "leaf-3") assigned.assignment->assigned_hub = "hub2.azure-devices.net";
    ASSERT_TRUE(run_task(this->it().settle(assigned, operation("op"), {}, std::nullopt)));
  }
  auto hubs = run_task(this->it().hubs()).value();
  std::sort(hubs.begin(), hubs.end());
  EXPECT_EQ(hubs, (std::vector<std::string>{"hub1.azure-devices.net", "hub2.azure-devices.net"}));
}

TYPED_TEST(RegistrationsContract, lists_go_in_order_and_in_pages) {
  for (const char* key : {"leaf-3", "leaf-1", "leaf-2"}) this->enqueue(key, std::string("op-") + key);
  const auto first = run_task(this->it().list("", 2)).value();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].registration.id.key(), "leaf-1");
  const auto rest = run_task(this->it().list(first[1].registration.id.key(), 2)).value();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].registration.id.key(), "leaf-3");
  const auto rows = run_task(this->it().outbox(0, 2)).value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id.key(), "leaf-3");  // first come
  EXPECT_EQ(run_task(this->it().outbox(rows[1].sequence, 2)).value().size(), 1U);
}

TYPED_TEST(RegistrationsContract, the_last_eight_notes_stay) {
  std::vector<AttemptNote> many;
  for (int i = 0; i < 11; ++i) many.push_back(note(i));
  ASSERT_TRUE(run_task(this->it().settle(registration("leaf-1"), operation("op"), many, std::nullopt)));
  const auto kept = run_task(this->it().find("leaf-1")).value()->notes;
  EXPECT_EQ(kept, std::vector<AttemptNote>(many.end() - 8, many.end()));
}

TYPED_TEST(RegistrationsContract, what_is_stored_already_is_not_written_again) {
  this->enqueue("leaf-1", "op-1");
  this->settle("leaf-2", "op-2");
  const auto before = this->site_.writes();
  EXPECT_EQ(before, 2);
  this->enqueue("leaf-1", "op-1");
  this->settle("leaf-2", "op-2");
  EXPECT_EQ(this->site_.writes(), before);
}

}  // namespace
}  // namespace leafgate::registrations_contract_test
