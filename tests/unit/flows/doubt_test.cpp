// A copied or set-back store is noticed at the start.
#include "tests/unit/flows/checkpoints_site.hpp"

namespace leafgate::doubt_test {
namespace {

using std::chrono::seconds;

class DoubtTest : public CheckpointsSite {
 protected:
  struct Copy {
    std::map<std::int64_t, FakeReceiptLog::Entry> entries;
    std::map<std::int64_t, Checkpoint> checkpoints;
  };
  Copy copy() const { return {log_.entries, log_.checkpoints}; }
  void put_back(const Copy& copy) {
    log_.entries = copy.entries;
    log_.checkpoints = copy.checkpoints;
  }
};

TEST_F(DoubtTest, an_older_copy_beside_its_own_tpm_is_noticed_and_nothing_is_signed_over_it) {
  set_up_tpm();
  start();
  const Copy old = copy();
  settle("leaf-1");
  run_for(seconds(2));
  restart();
  stop();
  put_back(old);
  const int commands = tpm_.commands;
  start();
  EXPECT_EQ(checkpoints_->doubt(), Reason::store_rolled_back);
  EXPECT_EQ(doubts_, std::vector<Reason>{Reason::store_rolled_back});
  settle("leaf-2");
  run_for(seconds(10));
  EXPECT_EQ(tpm_.commands, commands + 1);  // read once
  EXPECT_EQ(unsigned_checkpoints(), 1U);
}

// Within one epoch only what devices hold could tell (README).
TEST_F(DoubtTest, a_copy_of_the_same_epoch_is_not_noticed) {
  set_up_tpm();
  start();
  const Copy old = copy();
  settle("leaf-1");
  run_for(seconds(2));
  stop();
  put_back(old);
  start();
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
}

// The store may fail to tell at the start whose word it is to be.
TEST_F(DoubtTest, a_signer_that_is_not_known_yet_is_no_word_that_all_is_well) {
  set_up_tpm();
  start();
  const Copy old = copy();
  restart();
  stop();
  put_back(old);
  const Bytes signer = std::exchange(signer_, Bytes());
  start();
  run_for(seconds(5));
  EXPECT_TRUE(doubts_.empty());
  checkpoints_->set_signer(signer);
  run_for(seconds(1));
  EXPECT_EQ(doubts_, std::vector<Reason>{Reason::store_rolled_back});
}

TEST_F(DoubtTest, a_copy_beside_another_tpm_is_foreign) {
  set_up_tpm();
  start();
  stop();
  tpm_.name = "tpm-2";
  tpm_.become(TpmState::foreign);
  start();
  EXPECT_EQ(checkpoints_->doubt(), Reason::store_foreign);
}

TEST_F(DoubtTest, a_counter_that_is_gone_or_made_anew_is_foreign) {
  set_up_tpm();
  start();
  restart();
  stop();
  tpm_.written = false;
  start();
  EXPECT_EQ(checkpoints_->doubt(), Reason::store_foreign);
  stop();
  tpm_.written = true;
  tpm_.counter = 1;
  start();
  EXPECT_EQ(checkpoints_->doubt(), Reason::store_foreign);
}

TEST_F(DoubtTest, a_restored_store_goes_on_in_a_new_epoch_once) {
  set_up_tpm();
  start();
  settle("leaf-1");
  run_for(seconds(2));
  const Copy old = copy();
  restart();
  stop();
  put_back(old);
  restored_ = run(log_.newest_signed()).value().value().sequence;
  start();
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
  const std::int64_t after = settle("leaf-2");
  run_for(seconds(2));
  EXPECT_EQ(reach(after), ReceiptReach::proven);
  expect_a_whole_chain();
  const Copy newer = copy();
  restart();
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
  stop();
  put_back(newer);
  start();
  EXPECT_EQ(checkpoints_->doubt(), Reason::store_rolled_back) << "the mark is used up";
}

TEST_F(DoubtTest, a_restored_store_waits_for_the_other_tpm_without_a_doubt) {
  set_up_tpm();
  start();
  stop();
  tpm_.name = "tpm-2";
  tpm_.written = false;
  tpm_.become(TpmState::foreign);
  restored_ = run(log_.newest_signed()).value().value().sequence;
  start();
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
  tpm_.expect(std::nullopt);
  set_up_tpm();
  checkpoints_->set_signer(signer_);
  tpm_.become(TpmState::ready);
  const std::int64_t after = settle("leaf-1");
  run_for(seconds(120));
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
  EXPECT_EQ(reach(after), ReceiptReach::proven);
  expect_a_whole_chain();
}

TEST_F(DoubtTest, accepting_adopts_the_counter_and_ends_the_doubt) {
  set_up_tpm();
  start();
  const Copy old = copy();
  restart();
  stop();
  put_back(old);
  start();
  settle("leaf-1");
  run_for(seconds(2));
  ASSERT_EQ(checkpoints_->doubt(), Reason::store_rolled_back);
  ASSERT_TRUE(run(checkpoints_->accept()));
  EXPECT_EQ(doubts_, (std::vector<Reason>{Reason::store_rolled_back, Reason::none}));
  run_for(seconds(1));
  EXPECT_EQ(reach(1), ReceiptReach::proven);
  EXPECT_EQ(told(), tpm_.counter);
  restart();
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
  EXPECT_EQ(doubts_.size(), 2U);
}

TEST_F(DoubtTest, accepting_another_tpm_counts_from_its_counter) {
  set_up_tpm();
  start();
  restart();
  stop();
  FakeTpm other;
  other.name = "tpm-2";
  tpm_.name = "tpm-2";
  tpm_.written = false;
  tpm_.counter = 0;
  tpm_.become(TpmState::foreign);
  start();
  ASSERT_EQ(checkpoints_->doubt(), Reason::store_foreign);
  tpm_.told.state = TpmState::ready;
  set_up_tpm();
  checkpoints_->set_signer(signer_);
  ASSERT_TRUE(run(checkpoints_->accept()));
  const std::int64_t sequence = settle("leaf-1");
  run_for(seconds(2));
  EXPECT_EQ(reach(sequence), ReceiptReach::proven);
  restart();
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
}

TEST_F(DoubtTest, a_counter_that_goes_back_under_the_daemon_is_contested_until_it_is_accepted) {
  set_up_tpm();
  start();
  checkpoints_->key_changed();
  run_for(Millis(1));
  ASSERT_EQ(told(), 3U);
  EXPECT_FALSE(checkpoints_->is_contested());
  tpm_.counter = 2;
  const std::int64_t sequence = settle("leaf-1");
  run_for(seconds(5));
  EXPECT_TRUE(checkpoints_->is_contested());
  EXPECT_EQ(checkpoints_->doubt(), Reason::none) << "what is in memory is the truth";
  EXPECT_EQ(reach(sequence), ReceiptReach::chained);
  ASSERT_TRUE(run(checkpoints_->accept()));
  EXPECT_FALSE(checkpoints_->is_contested());
  run_for(seconds(2));
  EXPECT_EQ(reach(sequence), ReceiptReach::proven);
}

TEST_F(DoubtTest, what_cannot_be_accepted_leaves_the_doubt) {
  set_up_tpm();
  start();
  const Copy old = copy();
  restart();
  stop();
  put_back(old);
  start();
  for (int step = 1; step <= 3; ++step) {
    tpm_.fail.fail_call(step, Error(Errc::timed_out, "no answer"));
    EXPECT_FALSE(run(checkpoints_->accept())) << step;
    EXPECT_EQ(checkpoints_->doubt(), Reason::store_rolled_back);
  }
  tpm_.become(TpmState::lost);
  EXPECT_EQ(run(checkpoints_->accept()).error().code, Errc::throttled);
  tpm_.become(TpmState::ready);
  restart();
  EXPECT_EQ(checkpoints_->doubt(), Reason::store_rolled_back);
  EXPECT_TRUE(run(checkpoints_->accept()));
}

TEST_F(DoubtTest, a_tpm_that_comes_late_is_compared_when_it_comes) {
  set_up_tpm();
  start();
  const Copy old = copy();
  restart();
  stop();
  put_back(old);
  tpm_.become(TpmState::absent);
  start();
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
  run_for(seconds(60));
  tpm_.become(TpmState::ready);
  run_for(Millis(1));
  EXPECT_EQ(checkpoints_->doubt(), Reason::store_rolled_back);
}

// What is in memory by then is true.
TEST_F(DoubtTest, a_tpm_that_changes_under_a_running_gateway_stops_nothing) {
  set_up_tpm();
  start();
  tpm_.become(TpmState::foreign);
  settle("leaf-1");
  run_for(seconds(10));
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
  tpm_.counter = 77;
  tpm_.become(TpmState::ready);
  checkpoints_->key_changed();
  run_for(seconds(10));
  EXPECT_EQ(checkpoints_->doubt(), Reason::none);
  EXPECT_EQ(reach(1), ReceiptReach::chained);
  EXPECT_FALSE(checkpoints_->trouble().empty());
  restart();
  EXPECT_EQ(checkpoints_->doubt(), Reason::store_rolled_back);
}

}  // namespace
}  // namespace leafgate::doubt_test
