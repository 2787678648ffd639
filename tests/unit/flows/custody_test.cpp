#include "gateway/flows/custody.hpp"

#include <memory>

#include <gtest/gtest.h>
#include <openssl/ec.h>

#include "gateway/crypto/envelope.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_key_ring.hpp"
#include "tests/fakes/fake_tpm.hpp"
#include "tests/fakes/fake_trust.hpp"
#include "tests/fakes/key_pair.hpp"
#include "tests/fakes/seeded_random.hpp"

namespace leafgate::custody_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const KeyPair& recovery() {
  static const KeyPair pair(EVP_EC_gen("P-256"));
  return pair;
}

class CustodyTest : public testing::Test {
 protected:
  FakeKeyRing ring_;
  FakeTpm tpm_;
  FakeTrust trust_;
  SeededRandom random_;
  Simulator simulator_{1};
  std::unique_ptr<Custody> custody_;
  std::uint32_t counter_index_ = CustodySetUp().counter_index;
  int opened_ = 0;

  ~CustodyTest() override { end(); }

  void end() {
    if (!custody_) return;
    custody_->stop();
    simulator_.run_for(minutes(1));
    tpm_.on_change({});
    custody_.reset();
  }
  // A daemon that comes up; gives how long its start waited.
  LoopClock::duration start(bool with_tpm = true) {
    end();
    ring_.restart();
    const Custody::Ports ports{ring_, trust_, with_tpm ? &tpm_ : nullptr, random_};
    custody_ = std::make_unique<Custody>(simulator_.executor(), ports, TpmSealPolicy(), counter_index_);
    custody_->on_opened([this] { ++opened_; });
    tpm_.on_change([this] { custody_->tpm_changed(); });
    EXPECT_TRUE(simulator_.run(custody_->load()));
    simulator_.spawn(custody_->run());
    return simulator_.run(time_to_ready());
  }
  Task<LoopClock::duration> time_to_ready() {
    const TimePoint began = LoopClock::now();
    co_await custody_->ready();
    co_return LoopClock::now() - began;
  }
  Result<void> set_up(const std::string& copy_to = {}) {
    CustodySetUp wanted;
    wanted.recovery = copy_to;
    return simulator_.run(custody_->set_up(std::move(wanted)));
  }
  // As `restore` leaves it: meant for a TPM, and in the file until this board's has it.
  void hand_over() {
    start();
    ASSERT_TRUE(set_up());
    end();
    ring_.file.emplace(ring_.secret(2).view());
    ring_.file_key = 2;
  }
  // Whether every secret can be read after the next start: by the file or by this TPM.
  bool readable_later() {
    for (const std::int64_t id : ring_.data) {
      const auto row =
          std::find_if(ring_.ring.begin(), ring_.ring.end(), [id](const auto& k) { return k.id == id; });
      if (row == ring_.ring.end()) return false;
      if (ring_.file && ring_.file_key == id) continue;
      if (!row->sealed) return false;
      const auto key = simulator_.run(tpm_.unseal(*row->sealed, {}));
      if (!key || as_text(key->view()) != as_text(ring_.secret(id).view())) return false;
    }
    return true;
  }
  bool all_in_tpm() {
    return !ring_.file && ring_.ring.size() == 1 && ring_.ring.back().sealed && readable_later();
  }
};

TEST_F(CustodyTest, with_a_key_file_nothing_waits_and_the_tpm_is_left_alone) {
  EXPECT_EQ(start(), seconds(0));
  simulator_.run_for(minutes(5));
  EXPECT_EQ(tpm_.commands, 0);
  EXPECT_TRUE(custody_->facts().open);
  EXPECT_EQ(custody_->facts().why, "");
}

TEST_F(CustodyTest, set_up_puts_a_new_key_into_the_tpm_and_removes_the_file) {
  start();
  ASSERT_TRUE(set_up());
  EXPECT_TRUE(all_in_tpm());
  EXPECT_EQ(ring_.ring.back().id, 2);
  EXPECT_EQ(ring_.stored->anchor->counter_index, 0x0180'1F50U);
  EXPECT_FALSE(custody_->facts().recovery_copy);
  const int commands = tpm_.commands;
  ASSERT_TRUE(set_up()) << "once more";
  EXPECT_EQ(ring_.ring.back().id, 2) << "nothing changes";
  EXPECT_LE(tpm_.commands, commands + 2);
}

TEST_F(CustodyTest, the_copy_for_the_recovery_key_opens_with_that_key_alone) {
  start();
  ASSERT_TRUE(set_up(recovery().public_pem));
  EXPECT_TRUE(custody_->facts().recovery_copy);
  const auto key = crypto::unwrap(ring_.ring.back().recovery, recovery().private_pem).value();
  EXPECT_EQ(as_text(key.view()), as_text(ring_.secret(2).view()));
}

TEST_F(CustodyTest, a_copy_can_be_asked_for_later) {
  start();
  ASSERT_TRUE(set_up());
  ASSERT_TRUE(set_up(recovery().public_pem));
  EXPECT_EQ(ring_.ring.back().id, 2);
  EXPECT_TRUE(crypto::unwrap(ring_.ring.back().recovery, recovery().private_pem));
}

TEST_F(CustodyTest, a_recovery_key_that_is_none_stops_set_up_before_it_begins) {
  start();
  EXPECT_EQ(set_up("no key").error().code, Errc::malformed);
  EXPECT_EQ(tpm_.commands, 0);
  EXPECT_FALSE(tpm_.written);
}

// Whatever fails: everything stays readable, and a repeat finishes it, with and without a restart between.
TEST_F(CustodyTest, each_step_of_set_up_may_fail) {
  for (const bool restarts : {false, true}) {
    for (int where = 0, met = 0; where == 0 || met > 0; ++where) {
      met = 0;
      for (const bool in_tpm : {true, false}) {
        end();
        ring_ = FakeKeyRing();
        tpm_ = FakeTpm();
        start();
        FailSwitch& fail = in_tpm ? tpm_.fail : ring_.fail;
        fail.fail_call(where + 1, Error(Errc::timed_out, "on purpose"));
        const auto done = set_up(recovery().public_pem);
        if (done) continue;
        ++met;
        fail.heal();
        ASSERT_TRUE(readable_later()) << (in_tpm ? "tpm " : "ring ") << where;
        if (restarts) start();
        ASSERT_TRUE(set_up(recovery().public_pem)) << (in_tpm ? "tpm " : "ring ") << where;
        ASSERT_TRUE(all_in_tpm()) << (in_tpm ? "tpm " : "ring ") << where;
      }
    }
  }
}

TEST_F(CustodyTest, at_the_start_the_tpm_gives_the_key_in_time) {
  start();
  ASSERT_TRUE(set_up());
  tpm_.latency = Millis(300);
  EXPECT_EQ(start(), Millis(300));
  EXPECT_TRUE(custody_->facts().open);
}

TEST_F(CustodyTest, a_slow_or_missing_tpm_does_not_hold_up_a_start) {
  start();
  ASSERT_TRUE(set_up());
  tpm_.latency = seconds(7);
  EXPECT_EQ(start(), seconds(2));
  EXPECT_FALSE(custody_->facts().open);
  simulator_.run_for(seconds(6));
  EXPECT_TRUE(custody_->facts().open) << "it came after all";
  tpm_.latency = Millis(0);
  tpm_.told.state = TpmState::absent;
  EXPECT_EQ(start(), seconds(2));
  EXPECT_NE(custody_->facts().why, "");
  simulator_.run_for(minutes(3));
  tpm_.become(TpmState::ready);
  simulator_.run_for(Millis(1));
  EXPECT_TRUE(custody_->facts().open);
  EXPECT_EQ(custody_->facts().why, "");
}

TEST_F(CustodyTest, it_asks_again_by_itself) {
  start();
  ASSERT_TRUE(set_up());
  tpm_.fail.fail_all(Error(Errc::timed_out, "busy"));
  EXPECT_LE(start(), seconds(2));
  EXPECT_NE(custody_->facts().why.find("busy"), std::string::npos);
  const int commands = tpm_.commands;
  simulator_.run_for(minutes(30));
  EXPECT_LT(tpm_.commands - commands, 12) << "more and more seldom";
  tpm_.fail.heal();
  simulator_.run_for(minutes(10));
  EXPECT_TRUE(custody_->facts().open);
}

TEST_F(CustodyTest, another_tpm_changes_nothing_that_is_stored) {
  start();
  ASSERT_TRUE(set_up());
  const TpmObject sealed = *ring_.ring.back().sealed;
  tpm_.name = "tpm-2";
  EXPECT_EQ(start(), seconds(0)) << "nothing is waited for";
  simulator_.run_for(minutes(10));
  EXPECT_FALSE(custody_->facts().open);
  EXPECT_NE(custody_->facts().why.find("not the one"), std::string::npos);
  EXPECT_EQ(*ring_.ring.back().sealed, sealed);
  EXPECT_EQ(set_up().error().code, Errc::refused);
  EXPECT_EQ(*ring_.ring.back().sealed, sealed);
}

TEST_F(CustodyTest, a_recovered_key_opens_beside_another_board_and_goes_into_its_tpm) {
  start();
  ASSERT_TRUE(set_up(recovery().public_pem));
  FakeTpm other;
  other.name = "tpm-2";
  tpm_ = std::move(other);
  start();
  EXPECT_FALSE(custody_->facts().open);
  EXPECT_EQ(simulator_.run(custody_->open_with(crypto::Secret(Bytes(32, 1)), {})).error().code,
            Errc::not_found);
  auto key = crypto::unwrap(ring_.ring.back().recovery, recovery().private_pem).value();
  ASSERT_TRUE(simulator_.run(custody_->open_with(std::move(key), {})));
  EXPECT_TRUE(custody_->facts().open);
  EXPECT_EQ(ring_.stored->anchor->storage_name, Bytes({'t', 'p', 'm', '-', '2'}));
  EXPECT_EQ(start(), seconds(0));
  EXPECT_TRUE(custody_->facts().open);
}

TEST_F(CustodyTest, a_key_that_is_handed_over_goes_into_the_tpm_before_the_start_ends) {
  hand_over();
  FakeTpm other;
  other.name = "tpm-2";
  tpm_ = std::move(other);
  ring_.stored->anchor.reset();
  counter_index_ = 0x0180'1F77;
  start();
  EXPECT_TRUE(all_in_tpm());
  EXPECT_TRUE(custody_->facts().open);
  EXPECT_EQ(ring_.stored->anchor->counter_index, 0x0180'1F77U) << "as configured";
}

// By itself each try makes the TPM another one's and back; that is no reason for the next.
TEST_F(CustodyTest, a_tpm_that_does_not_take_a_key_that_is_handed_over_is_asked_more_and_more_seldom) {
  hand_over();
  FakeTpm other;
  other.name = "tpm-2";
  other.latency = Millis(10);
  tpm_ = std::move(other);
  tpm_.fail.fail_all(Error(Errc::refused, "the owner hierarchy has a password"));
  EXPECT_LT(start(), seconds(1)) << "it has said no";
  simulator_.run_for(minutes(30));
  EXPECT_LT(tpm_.commands, 12) << "more and more seldom";
  EXPECT_NE(custody_->facts().why.find("has a password"), std::string::npos);
  EXPECT_TRUE(custody_->facts().open);
  EXPECT_EQ(set_up().error().detail, "the owner hierarchy has a password") << "whoever asks hears why";
  tpm_.fail.heal();
  simulator_.run_for(minutes(11));
  EXPECT_TRUE(all_in_tpm());
}

TEST_F(CustodyTest, without_a_tpm_set_up_says_so) {
  start(false);
  EXPECT_EQ(set_up().error().code, Errc::unsupported);
  EXPECT_TRUE(custody_->facts().open);
}

TEST_F(CustodyTest, sealing_anew_that_was_interrupted_goes_on_by_itself) {
  start();
  ring_.fail.fail_call(4, Error(Errc::store_full, "no room"));  // after the key was added
  ASSERT_FALSE(set_up());
  simulator_.run_for(minutes(1));
  EXPECT_TRUE(all_in_tpm());
  EXPECT_EQ(custody_->facts().why, "");
  EXPECT_EQ(opened_, 2) << "also after sealing anew: what was read before is read again";
}

}  // namespace
}  // namespace leafgate::custody_test
