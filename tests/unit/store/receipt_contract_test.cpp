#include "gateway/attestation/receipt_proof.hpp"
#include "gateway/crypto/merkle.hpp"
#include "tests/unit/store/sites.hpp"

namespace leafgate::receipt_contract_test {
namespace {

using namespace example;

template <class Site>
class ReceiptContract : public ::testing::Test {
 protected:
  Site site_;
  ReceiptLog& log() { return site_.receipt_log(); }

  std::int64_t settle(const std::string& key, Ruling ruling = Ruling::assigned) {
    Registration told = registration(key);
    if (ruling == Ruling::withdrawn) told.assignment.reset();
    return run_task(site_.registrations().settle(told, operation("op"), {}, receipt(ruling))).value();
  }
  std::int64_t earned(const std::string& key) {
    return run_task(site_.registrations().find(key)).value()->registration.assignment->receipt;
  }
  std::optional<Checkpoint> close(std::uint64_t epoch = 1, bool even_if_empty = false) {
    return run_task(log().close(epoch, even_if_empty)).value();
  }
  void sign(std::int64_t checkpoint, std::uint64_t epoch) {
    const CheckpointStatement statement{Bytes{1}, Bytes{2, 0}, Bytes{3}};
    ASSERT_TRUE(run_task(log().sign(checkpoint, epoch, statement)));
  }
  std::optional<ReceiptProof> find(std::int64_t sequence) { return run_task(log().find(sequence)).value(); }
  bool holds(std::int64_t sequence) { return find(sequence).has_value(); }
  std::optional<Checkpoint> newest() { return run_task(log().newest()).value(); }
  std::optional<Checkpoint> first_unsigned() { return run_task(log().first_unsigned()).value(); }
  std::optional<Checkpoint> newest_signed() { return run_task(log().newest_signed()).value(); }
  // By its path alone.
  static Hash root_of(const ReceiptProof& proof) {
    const auto& place = *proof.place;
    return crypto::merkle::root_by_path(crypto::merkle::leaf(as_bytes(proof.entry)),
                                        static_cast<std::uint64_t>(place.index),
                                        static_cast<std::uint64_t>(place.checkpoint.count), place.path)
        .value();
  }
};
TYPED_TEST_SUITE(ReceiptContract, Sites);

TYPED_TEST(ReceiptContract, an_empty_log_tells_nothing) {
  EXPECT_EQ(run_task(this->log().open_entries()).value(), 0U);
  EXPECT_FALSE(this->newest());
  EXPECT_FALSE(this->first_unsigned());
  EXPECT_FALSE(this->newest_signed());
  EXPECT_FALSE(this->find(1));
  EXPECT_FALSE(run_task(this->log().newest_of("leaf-1")).value());
  EXPECT_FALSE(this->close());
}

TYPED_TEST(ReceiptContract, an_entry_is_made_with_what_was_decided_and_the_assignment_points_to_it) {
  this->log().set_gateway("gw12");
  int told = 0;
  this->log().on_entry([&] { ++told; });
  EXPECT_EQ(this->settle("leaf-1"), 1);
  EXPECT_EQ(this->settle("Leaf-2"), 2);
  EXPECT_EQ(told, 2);
  EXPECT_EQ(this->earned("leaf-2"), 2);
  EXPECT_EQ(run_task(this->log().open_entries()).value(), 2U);
  const auto found = this->find(2);
  ASSERT_TRUE(found);
  Registration registered = registration("Leaf-2");
  EXPECT_EQ(found->entry, entry_text(*receipt(), registered, "gw12", 2));
  EXPECT_FALSE(found->place);
  EXPECT_EQ(run_task(this->log().newest_of("leaf-2")).value(), found);
}

TYPED_TEST(ReceiptContract, without_a_receipt_there_is_no_entry) {
  EXPECT_EQ(
      run_task(this->site_.registrations().settle(registration("leaf-1"), operation("op"), {}, std::nullopt))
          .value(),
      0);
  EXPECT_EQ(run_task(this->log().open_entries()).value(), 0U);
}

TYPED_TEST(ReceiptContract, a_refusal_leaves_the_assignment_at_the_entry_that_earned_it) {
  this->settle("leaf-1");
  EXPECT_EQ(this->settle("leaf-1", Ruling::refused), 2);
  EXPECT_EQ(this->earned("leaf-1"), 1);
  EXPECT_EQ(this->settle("leaf-1", Ruling::refreshed), 3);
  EXPECT_EQ(this->earned("leaf-1"), 3);
  EXPECT_EQ(run_task(this->log().newest_of("leaf-1")).value()->sequence, 3);
}

TYPED_TEST(ReceiptContract, a_closed_batch_gives_each_entry_its_path) {
  for (int i = 0; i < 5; ++i) this->settle("leaf-" + std::to_string(i));
  const auto closed = this->close(7);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->sequence, 1);
  EXPECT_EQ(closed->first, 1);
  EXPECT_EQ(closed->count, 5);
  EXPECT_EQ(closed->epoch, 7U);
  EXPECT_EQ(closed->previous, Hash{});
  this->site_.restart();
  for (std::int64_t sequence = 1; sequence <= 5; ++sequence) {
    const auto found = this->find(sequence);
    ASSERT_TRUE(found && found->place);
    EXPECT_EQ(found->place->index, sequence - 1);
    EXPECT_EQ(found->place->checkpoint, *closed);
    EXPECT_EQ(this->root_of(*found), closed->root);
  }
  EXPECT_EQ(run_task(this->log().open_entries()).value(), 0U);
  EXPECT_FALSE(this->close());
}

TYPED_TEST(ReceiptContract, checkpoints_chain_and_sequences_have_no_gaps) {
  this->settle("leaf-1");
  const auto first = this->close();
  this->site_.restart();
  EXPECT_EQ(this->settle("leaf-2"), 2);
  EXPECT_EQ(run_task(this->log().open_entries()).value(), 1U);
  const auto empty_before = this->close();
  ASSERT_TRUE(empty_before);
  EXPECT_EQ(empty_before->sequence, 2);
  EXPECT_EQ(empty_before->first, 2);
  EXPECT_EQ(empty_before->previous, crypto::merkle::checkpoint(first->previous, 1, 1, first->root));
  EXPECT_EQ(this->newest(), empty_before);
}

TYPED_TEST(ReceiptContract, an_empty_checkpoint_is_made_when_asked_for) {
  const auto first = this->close(3, true);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->count, 0);
  EXPECT_EQ(first->root, crypto::merkle::root({}));
  this->settle("leaf-1");
  const auto second = this->close(3, true);
  EXPECT_EQ(second->first, 1);
  EXPECT_EQ(second->count, 1);
  EXPECT_EQ(this->find(1)->place->index, 0);
}

TYPED_TEST(ReceiptContract, a_batch_holds_no_more_than_it_may) {
  std::vector<Task<Result<std::int64_t>>> all;
  for (int i = 0; i < 1030; ++i)
    all.push_back(this->site_.registrations().settle(registration("leaf-" + std::to_string(i)),
                                                     operation("op"), {}, receipt()));
  for (const auto& settled : run_together(std::move(all))) ASSERT_TRUE(settled);
  EXPECT_EQ(this->close()->count, 1024);
  const auto rest = this->close();
  EXPECT_EQ(rest->count, 6);
  EXPECT_EQ(rest->first, 1025);
  EXPECT_EQ(this->root_of(*this->find(1030)), rest->root);
}

TYPED_TEST(ReceiptContract, checkpoints_are_signed_in_order_and_tell_the_epoch) {
  this->settle("leaf-1");
  this->close(4);
  this->settle("leaf-2");
  this->close(4);
  EXPECT_EQ(this->first_unsigned()->sequence, 1);
  ASSERT_TRUE(run_task(this->log().expect(1, 5)));
  this->site_.restart();
  EXPECT_EQ(this->first_unsigned()->epoch, 5U);
  this->sign(1, 5);
  this->site_.restart();
  EXPECT_EQ(this->first_unsigned()->sequence, 2);
  EXPECT_EQ(this->newest_signed()->sequence, 1);
  EXPECT_EQ(this->newest_signed()->epoch, 5U);
  EXPECT_EQ(this->find(1)->place->checkpoint.statement->attest, (Bytes{2, 0}));
  EXPECT_FALSE(this->find(2)->place->checkpoint.statement);
  ASSERT_TRUE(run_task(this->log().expect(1, 9)));  // it was signed: what it says stays
  EXPECT_EQ(this->newest_signed()->epoch, 5U);
  EXPECT_FALSE(run_task(this->log().sign(77, 5, CheckpointStatement())));
}

TYPED_TEST(ReceiptContract, a_kill_after_any_step_leaves_what_was_done) {
  this->settle("leaf-1");
  this->settle("leaf-2");
  this->site_.crash();
  EXPECT_EQ(run_task(this->log().open_entries()).value(), 2U);
  EXPECT_EQ(this->earned("leaf-2"), 2);
  const auto closed = this->close(4);
  this->site_.crash();
  EXPECT_EQ(run_task(this->log().open_entries()).value(), 0U);
  EXPECT_EQ(this->first_unsigned(), closed);
  EXPECT_EQ(this->root_of(*this->find(2)), closed->root);
  ASSERT_TRUE(run_task(this->log().expect(1, 5)));
  this->site_.crash();
  EXPECT_EQ(this->first_unsigned()->epoch, 5U);
  EXPECT_FALSE(this->newest_signed());
  this->sign(1, 5);
  this->site_.crash();
  EXPECT_FALSE(this->first_unsigned());
  EXPECT_EQ(this->newest_signed()->epoch, 5U);
  EXPECT_EQ(this->settle("leaf-3"), 3);
  EXPECT_EQ(this->close(5)->sequence, 2);
}

TYPED_TEST(ReceiptContract, entries_that_assignments_point_to_outlive_the_newest) {
  this->settle("leaf-0");
  this->settle("leaf-1");
  this->close();
  for (std::int64_t i = 0; i < receipts_kept + 3; ++i) {
    this->settle("leaf-1", i % 2 == 0 ? Ruling::refused : Ruling::refreshed);
    this->close();
  }
  EXPECT_TRUE(this->holds(1));   // leaf-0 was not heard of since
  EXPECT_FALSE(this->holds(2));  // leaf-1 has earned another one
  EXPECT_FALSE(this->holds(5));
  EXPECT_TRUE(this->holds(6));
  EXPECT_EQ(this->find(1)->place->checkpoint.sequence, 1);
  EXPECT_EQ(this->root_of(*this->find(1)), this->find(1)->place->checkpoint.root);
  this->settle("leaf-0", Ruling::refreshed);
  EXPECT_FALSE(this->holds(1));
}

TYPED_TEST(ReceiptContract, what_is_forgotten_or_withdrawn_holds_no_old_entry) {
  this->settle("leaf-0");
  this->settle("leaf-1");
  this->close();
  for (std::int64_t i = 0; i < receipts_kept + 2; ++i) this->settle("leaf-9", Ruling::refused);
  EXPECT_TRUE(this->holds(1));
  EXPECT_TRUE(this->holds(2));
  EXPECT_TRUE(run_task(this->site_.registrations().forget("leaf-0")).value());
  this->settle("leaf-1", Ruling::withdrawn);
  EXPECT_FALSE(this->holds(1));
  EXPECT_FALSE(this->holds(2));
}

TYPED_TEST(ReceiptContract, entries_that_wait_for_their_checkpoint_are_not_let_go) {
  for (std::int64_t i = 0; i < receipts_kept + 5; ++i) this->settle("leaf-9", Ruling::refused);
  EXPECT_TRUE(this->holds(1));
  EXPECT_EQ(this->close()->count, receipts_kept + 5);
  this->settle("leaf-9", Ruling::refused);
  EXPECT_FALSE(this->holds(5));
  EXPECT_TRUE(this->holds(receipts_kept));
}

TYPED_TEST(ReceiptContract, old_checkpoints_stay_while_they_are_needed) {
  this->settle("leaf-0");
  this->close();  // 1: holds an entry
  this->close(1, true);
  this->sign(1, 1);
  this->sign(2, 1);  // 2: the newest signed one
  for (std::int64_t i = 0; i < checkpoints_kept + 3; ++i) this->close(2, true);
  EXPECT_EQ(this->newest_signed()->sequence, 2);
  EXPECT_EQ(this->first_unsigned()->sequence, 3);  // what is signed next stays, those behind it went
  EXPECT_TRUE(this->find(1)->place);
  this->sign(3, 2);
  EXPECT_EQ(this->newest_signed()->sequence, 3);
  EXPECT_EQ(this->first_unsigned()->sequence, 6);
  EXPECT_EQ(this->newest()->sequence, checkpoints_kept + 5);
}

}  // namespace
}  // namespace leafgate::receipt_contract_test
