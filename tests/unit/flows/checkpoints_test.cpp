#include "tests/unit/flows/checkpoints_site.hpp"

namespace leafgate::checkpoints_test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using CheckpointsTest = CheckpointsSite;

TEST_F(CheckpointsTest, each_start_is_an_epoch_that_is_told_in_a_checkpoint_of_its_own) {
  set_up_tpm();
  start();
  EXPECT_EQ(told(), 2U);
  EXPECT_EQ(log_.checkpoints.size(), 1U);
  restart();
  EXPECT_EQ(told(), 3U);
  EXPECT_EQ(tpm_.counter, 3U);
  EXPECT_TRUE(doubts_.empty());
  expect_a_whole_chain();
}

TEST_F(CheckpointsTest, a_batch_closes_a_second_after_its_first_entry) {
  set_up_tpm();
  start();
  tpm_.commands = 0;
  settle("leaf-1");
  run_for(Millis(700));
  settle("leaf-2");
  EXPECT_EQ(reach(1), ReceiptReach::open);
  run_for(Millis(300));
  EXPECT_EQ(reach(1), ReceiptReach::proven);
  EXPECT_EQ(reach(2), ReceiptReach::proven);
  EXPECT_EQ(tpm_.commands, 1);
  run_for(seconds(30));
  EXPECT_EQ(tpm_.commands, 1);
  EXPECT_EQ(log_.checkpoints.size(), 2U);
}

TEST_F(CheckpointsTest, a_full_batch_closes_at_once_and_costs_one_command) {
  set_up_tpm();
  start();
  tpm_.commands = 0;
  for (int i = 0; i < 1030; ++i) settle("leaf-" + std::to_string(i));
  run_for(Millis(1));
  EXPECT_EQ(reach(1024), ReceiptReach::proven);
  EXPECT_EQ(reach(1025), ReceiptReach::open);
  EXPECT_EQ(tpm_.commands, 1);
  run_for(seconds(1));
  EXPECT_EQ(reach(1030), ReceiptReach::proven);
}

TEST_F(CheckpointsTest, an_epoch_begins_each_hour_and_with_a_new_key) {
  set_up_tpm();
  start();
  run_for(hours(1));
  EXPECT_EQ(told(), 3U);
  checkpoints_->key_changed();
  run_for(Millis(1));
  EXPECT_EQ(told(), 4U);
  run_for(hours(3));
  EXPECT_EQ(told(), 7U);
}

TEST_F(CheckpointsTest, without_a_tpm_batches_are_chained) {
  start(false);
  settle("leaf-1");
  run_for(seconds(1));
  settle("leaf-2");
  run_for(seconds(1));
  EXPECT_EQ(reach(1), ReceiptReach::chained);
  EXPECT_EQ(reach(2), ReceiptReach::chained);
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
  EXPECT_EQ(run(checkpoints_->accept()).error().code, Errc::unsupported);
  expect_a_whole_chain();
}

TEST_F(CheckpointsTest, a_tpm_that_is_not_set_up_is_not_asked) {
  start();
  settle("leaf-1");
  run_for(hours(2));
  EXPECT_EQ(reach(1), ReceiptReach::chained);
  EXPECT_EQ(tpm_.commands, 0);
}

TEST_F(CheckpointsTest, what_was_closed_before_the_tpm_was_set_up_is_signed_then) {
  start();
  settle("leaf-1");
  run_for(seconds(1));
  set_up_tpm();
  checkpoints_->set_signer(signer_);
  ASSERT_TRUE(run(checkpoints_->accept()));
  EXPECT_EQ(reach(1), ReceiptReach::proven);
  EXPECT_EQ(told(), tpm_.counter);
  restart();
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
}

TEST_F(CheckpointsTest, while_the_tpm_is_away_checkpoints_wait_and_are_signed_in_order_later) {
  set_up_tpm();
  start();
  for (const TpmState away : {TpmState::lost, TpmState::locked, TpmState::failed, TpmState::restarted}) {
    tpm_.become(away);
    const int commands = tpm_.commands;
    const std::int64_t first = settle("leaf-1");
    run_for(hours(2));  // an epoch falls due meanwhile
    const std::int64_t second = settle("leaf-2");
    run_for(seconds(2));
    EXPECT_EQ(reach(first), ReceiptReach::chained);
    EXPECT_EQ(unsigned_checkpoints(), 2U);
    EXPECT_EQ(tpm_.commands, commands);
    tpm_.become(TpmState::ready);
    run_for(seconds(1));
    EXPECT_EQ(reach(first), ReceiptReach::proven);
    EXPECT_EQ(reach(second), ReceiptReach::proven);
  }
  expect_a_whole_chain();
  EXPECT_TRUE(doubts_.empty());
}

TEST_F(CheckpointsTest, a_slow_tpm_is_left_half_of_its_time) {
  set_up_tpm();
  start();
  tpm_.become(TpmState::lost);
  for (int i = 0; i < 20; ++i) {
    settle("leaf-" + std::to_string(i));
    run_for(seconds(1));
  }
  tpm_.latency = Millis(69);
  tpm_.become(TpmState::ready);
  run_for(Millis(10 * 2 * 69));
  EXPECT_GE(unsigned_checkpoints(), 10U);
  run_for(seconds(3));
  EXPECT_EQ(unsigned_checkpoints(), 0U);
}

TEST_F(CheckpointsTest, locked_keys_delay_the_word_and_nothing_else) {
  set_up_tpm();
  locked_ = true;
  start();
  settle("leaf-1");
  run_for(seconds(10));
  EXPECT_EQ(reach(1), ReceiptReach::chained);
  EXPECT_FALSE(checkpoints_->trouble().empty());
  locked_ = false;
  run_for(seconds(60));
  EXPECT_EQ(reach(1), ReceiptReach::proven);
  EXPECT_TRUE(checkpoints_->trouble().empty());
}

TEST_F(CheckpointsTest, each_failing_step_of_tpm_and_store_is_made_good) {
  set_up_tpm();
  start();
  for (int step = 1; step <= 12; ++step) {
    SCOPED_TRACE(step);
    if (step % 2 == 1) {
      tpm_.fail.fail_call((step + 1) / 2, Error(Errc::timed_out, "no answer"));
    } else {
      log_.fail.fail_call(step / 2, Error(Errc::store_full, "no room"));
    }
    const std::int64_t sequence = settle("leaf-1");
    checkpoints_->key_changed();
    run_for(seconds(20));
    tpm_.fail.heal();
    log_.fail.heal();
    EXPECT_EQ(reach(sequence), ReceiptReach::proven);
    EXPECT_EQ(told(), tpm_.counter);
  }
  expect_a_whole_chain();
  restart();
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
}

// The counter was advanced, the answer was lost: it is not advanced a second time for that.
TEST_F(CheckpointsTest, an_advance_whose_answer_was_lost_counts) {
  set_up_tpm();
  start();
  const std::uint64_t before = tpm_.counter;
  tpm_.lose_answer_of_advance = true;
  checkpoints_->key_changed();
  run_for(seconds(10));
  EXPECT_EQ(tpm_.counter, before + 1);
  EXPECT_EQ(told(), before + 1);
}

// Killed between any two steps: what is on the disk then is what the next start finds.
TEST_F(CheckpointsTest, a_kill_between_any_two_steps_leaves_a_log_that_goes_on) {
  set_up_tpm();
  start();
  tpm_.latency = Millis(5);
  for (int wait = 0; wait < 40; ++wait) {
    SCOPED_TRACE(wait);
    const std::int64_t sequence = settle("leaf-" + std::to_string(wait));
    checkpoints_->key_changed();
    run_for(Millis(wait));
    restart();
    EXPECT_EQ(checkpoints_->doubt(), Reason::none);
    run_for(seconds(2));
    EXPECT_EQ(reach(sequence), ReceiptReach::proven);
    EXPECT_EQ(told(), tpm_.counter);
  }
  expect_a_whole_chain();
}

}  // namespace
}  // namespace leafgate::checkpoints_test
