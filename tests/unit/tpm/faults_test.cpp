#include <atomic>

#include "tests/unit/tpm/tpm_site.hpp"

namespace leafgate::faults_test {
namespace {

using Fault = TransportScript::Fault;

TEST_F(TpmSite, a_request_that_meets_a_restart_is_repeated_and_succeeds) {
  set_up();
  const TpmHmacKey key = make_key("group key");
  for (const std::uint32_t response : {0x910U, 0x918U, 0x18bU, 0x1cbU, 0x18aU}) {
    (void)hmac(key, "leaf");
    const int before = changes;
    script->add({TPM2_CC_HMAC, 1, Fault::response, response});
    const auto mac = hmac(key, "leaf");
    ASSERT_TRUE(mac) << std::hex << response << " " << mac.error().detail;
    EXPECT_EQ(octets(*mac), software("group key", "leaf"));
    test_loop().restart();
    test_loop().poll();
    EXPECT_EQ(changes, before + 2) << "restarted, and ready again";
  }
}

TEST_F(TpmSite, a_kill_in_the_middle_of_a_command_loses_it_alone) {
  set_up();
  const TpmHmacKey key = make_key("group key");
  for (int i = 0; i < 5; ++i) {
    (void)hmac(key, "leaf");
    script->add({TPM2_CC_HMAC, 1, Fault::broken, 0, [this] { emulator.kill(); }});
    const auto cut = hmac(key, "leaf");
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, Errc::throttled);
    EXPECT_EQ(gateway->facts().state, TpmState::lost);
    const auto meanwhile = hmac(key, "leaf");
    ASSERT_FALSE(meanwhile);
    EXPECT_EQ(meanwhile.error().code, Errc::throttled);
    emulator.start();
    wait_for(TpmState::ready);
    EXPECT_EQ(octets(hmac(key, "leaf").value()), software("group key", "leaf"));
  }
  EXPECT_EQ(gateway->facts().lockout_counter, 0U);
}

TEST_F(TpmSite, a_silent_restart_between_two_requests_is_not_noticed_outside) {
  set_up();
  const TpmHmacKey key = make_key("group key");
  const TpmHmacKey other = make_key("other key");
  const std::uint32_t resets = gateway->facts().reset_count;
  for (int i = 0; i < 2; ++i) {
    (void)hmac(key, "leaf");
    (void)hmac(other, "leaf");
  }
  emulator.restart();
  (void)raw({0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 8});  // it is up
  EXPECT_EQ(octets(hmac(key, "leaf").value()), software("group key", "leaf"));
  EXPECT_EQ(gateway->facts().reset_count, resets + 1);
  EXPECT_EQ(octets(hmac(other, "leaf").value()), software("other key", "leaf"));
}

TEST_F(TpmSite, an_idle_look_finds_a_restart) {
  options.keeper.pauses.look = Millis(2);
  set_up();
  const std::uint32_t resets = gateway->facts().reset_count;
  emulator.restart();
  const TimePoint late = LoopClock::now() + std::chrono::seconds(30);
  while (gateway->facts().reset_count == resets && LoopClock::now() < late) wait_for(TpmState::ready);
  EXPECT_EQ(gateway->facts().reset_count, resets + 1);
  EXPECT_TRUE(run(gateway->read_epoch(counter_auth.copy())));
}

TEST_F(TpmSite, a_frozen_tpm_holds_nobody_longer_than_their_deadline) {
  set_up();
  const TpmHmacKey key = make_key("group key");
  (void)hmac(key, "leaf");
  options.deadline = Millis(400);
  options.keeper.command_timeout = Millis(200);
  gateway.reset();
  open();
  gateway->expect(anchor);
  (void)hmac(key, "leaf");
  emulator.freeze();
  std::vector<Task<Result<crypto::Secret>>> asked;
  for (int i = 0; i < 3; ++i) asked.push_back(gateway->hmac(copy(key), "leaf"));
  const auto answers = run_together(std::move(asked));
  for (const auto& answer : answers) {
    ASSERT_FALSE(answer);
    EXPECT_TRUE(answer.error().code == Errc::throttled || answer.error().code == Errc::timed_out);
  }
  EXPECT_EQ(gateway->facts().state, TpmState::lost);
  emulator.thaw();
  wait_for(TpmState::ready);
  EXPECT_EQ(handles(0x8000'0000), 1U) << "what the broken context held is gone, but for the attestation key";
}

// The silent one is of the gateway's own: of two requests the first one's end would lose the TPM, and whether
// that or its own time meets the other first nobody can say.
TEST_F(TpmSite, who_waits_behind_a_silent_command_is_answered_in_time) {
  set_up();
  const TpmHmacKey key = make_key("group key");
  options.deadline = Millis(400);
  options.keeper.command_timeout = Millis(20'000);
  options.keeper.pauses.look = Millis(50);
  gateway.reset();
  open();
  gateway->expect(anchor);
  (void)hmac(key, "leaf");
  std::atomic<bool> is_silent = false;
  script->add({TPM2_CC_ReadClock, 1, Fault::silent, 0, [&is_silent] { is_silent = true; }});
  const TimePoint late = LoopClock::now() + std::chrono::seconds(30);
  while (!is_silent && LoopClock::now() < late) {
    test_loop().restart();
    auto guard = boost::asio::make_work_guard(test_loop());
    test_loop().run_one_for(std::chrono::milliseconds(5));
  }
  ASSERT_TRUE(is_silent);
  const TimePoint begun = LoopClock::now();
  std::vector<Task<Result<crypto::Secret>>> asked;
  for (int i = 0; i < 2; ++i) asked.push_back(gateway->hmac(copy(key), "leaf"));
  for (const auto& answer : run_together(std::move(asked))) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::timed_out);
  }
  EXPECT_LT(LoopClock::now() - begun, std::chrono::seconds(5));
  gateway.reset();  // before what its script tells
}

TEST_F(TpmSite, stopping_cuts_off_a_silent_command) {
  options.keeper.command_timeout = Millis(60'000);
  set_up();
  auto& loop = test_loop();
  const auto stop = [this, &loop] { boost::asio::post(loop, [this] { gateway->stop(); }); };
  script->add({TPM2_CC_NV_Read, 1, Fault::silent, 0, stop});
  const auto cut = run(gateway->read_epoch(counter_auth.copy()));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Errc::stopped);
  const auto after = run(gateway->read_epoch(counter_auth.copy()));
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().code, Errc::stopped);
}

TEST_F(TpmSite, an_answer_that_is_cut_short_loses_the_tpm_and_it_comes_back) {
  set_up();
  script->add({TPM2_CC_NV_Read, 1, Fault::short_answer, 0});
  EXPECT_FALSE(run(gateway->read_epoch(counter_auth.copy())));
  wait_for(TpmState::ready);
  EXPECT_TRUE(run(gateway->read_epoch(counter_auth.copy())));
}

TEST_F(TpmSite, a_locked_tpm_gets_no_authorization_until_it_has_recovered) {
  options.keeper.pauses.locked = Millis(100);
  set_up();
  script->add({TPM2_CC_NV_Read, 1, Fault::response, 0x921});
  const auto refused = run(gateway->read_epoch(counter_auth.copy()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::throttled);
  EXPECT_EQ(gateway->facts().state, TpmState::locked);
  script->forget_counts();
  EXPECT_FALSE(run(gateway->read_epoch(counter_auth.copy())));
  EXPECT_EQ(script->all(), 0);
  wait_for(TpmState::ready);
  EXPECT_TRUE(run(gateway->read_epoch(counter_auth.copy())));
}

TEST_F(TpmSite, a_false_alarm_of_failure_refuses_the_request_alone) {
  set_up();
  script->add({TPM2_CC_NV_Read, 1, Fault::response, 0x101});
  const auto refused = run(gateway->read_epoch(counter_auth.copy()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_EQ(gateway->facts().state, TpmState::ready);
}

TEST_F(TpmSite, a_tpm_in_failure_mode_is_found_out_and_used_again_after_its_restart) {
  set_up();
  emulator.fill();
  const auto failed = run(gateway->advance_epoch(counter_auth.copy()));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Errc::throttled);
  wait_for(TpmState::failed);
  emulator.restart();
  wait_for(TpmState::ready);
  EXPECT_TRUE(run(gateway->advance_epoch(counter_auth.copy())));
}

TEST_F(TpmSite, an_emptied_tpm_is_foreign_until_the_right_one_is_back_or_an_operator_sets_it_up) {
  options.keeper.pauses.look = Millis(2);
  set_up();
  emulator.kill();
  emulator.keep_copy();
  emulator.empty();
  emulator.start();
  wait_for(TpmState::foreign);
  const auto refused = run(gateway->read_epoch(counter_auth.copy()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_EQ(handles(0x8100'0000), 0U) << "nothing is written to it";
  emulator.kill();
  emulator.go_back();
  emulator.start();
  wait_for(TpmState::ready);

  emulator.kill();
  emulator.empty();
  emulator.start();
  wait_for(TpmState::foreign);
  TpmSetUp wanted;
  wanted.counter_auth = counter_auth.copy();
  const auto other = run(gateway->set_up(std::move(wanted)));
  ASSERT_TRUE(other) << other.error().detail;
  EXPECT_NE(other->storage_name, anchor.storage_name);
  EXPECT_EQ(gateway->facts().state, TpmState::ready);
}

TEST_F(TpmSite, a_tpm_set_back_to_a_copy_counts_lower) {
  options.keeper.pauses.look = Millis(2);
  set_up();
  gateway->expect(anchor);
  ASSERT_TRUE(run(gateway->read_epoch(counter_auth.copy())));
  emulator.kill();
  emulator.keep_copy();
  emulator.start();
  wait_for(TpmState::ready);
  while (!run(gateway->advance_epoch(counter_auth.copy()))) wait_for(TpmState::ready);
  const auto later = run(gateway->advance_epoch(counter_auth.copy())).value();
  emulator.kill();
  emulator.go_back();
  emulator.start();
  (void)raw({0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 8});
  auto set_back = run(gateway->read_epoch(counter_auth.copy()));
  while (!set_back) {
    wait_for(TpmState::ready);
    set_back = run(gateway->read_epoch(counter_auth.copy()));
  }
  EXPECT_LT(*set_back, later);
}

TEST_F(TpmSite, checkpoints_go_before_what_strangers_ask_and_the_queue_is_bounded) {
  options.keeper.most_derived = 8;
  set_up();
  const TpmHmacKey key = make_key("group key");
  std::vector<std::string> order;
  script->latency(Millis(3));
  const auto derive = [&](int i) -> Task<Result<void>> {
    auto mac = co_await gateway->hmac(copy(key), "leaf");
    order.push_back(mac ? "derived" : std::string(to_text(mac.error().code)) + std::to_string(i));
    co_return Result<void>();
  };
  const auto checkpoint = [&]() -> Task<Result<void>> {
    auto counter = co_await gateway->read_epoch(counter_auth.copy());
    order.push_back(counter ? "own" : "own failed");
    co_return Result<void>();
  };
  std::vector<Task<Result<void>>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(derive(i));
  tasks.push_back(checkpoint());
  (void)run_together(std::move(tasks));
  const auto own = std::find(order.begin(), order.end(), "own");
  ASSERT_NE(own, order.end());
  EXPECT_LE(std::count(order.begin(), own, "derived"), 2);
  const auto derived = std::count(order.begin(), order.end(), "derived");
  EXPECT_GE(derived, 8);
  EXPECT_LE(derived, 9);
}

}  // namespace
}  // namespace leafgate::faults_test
