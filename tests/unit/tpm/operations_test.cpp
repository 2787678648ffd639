#include "tests/unit/tpm/tpm_site.hpp"

namespace leafgate::operations_test {
namespace {

TEST_F(TpmSite, set_up_makes_what_is_missing_and_then_finds_it_again) {
  set_up();
  EXPECT_EQ(anchor.storage_handle, 0x8100'0001U);
  EXPECT_EQ(anchor.storage_name.size(), 34U);
  EXPECT_EQ(handles(0x8100'0001), 1U) << "of all persistent handles, the storage key alone";
  const auto counter = run(gateway->read_epoch(counter_auth.copy()));
  ASSERT_TRUE(counter) << counter.error().detail;
  TpmSetUp again;
  again.counter_auth = counter_auth.copy();
  EXPECT_EQ(run(gateway->set_up(std::move(again))).value(), anchor);
  EXPECT_EQ(run(gateway->read_epoch(counter_auth.copy())).value(), *counter);
}

TEST_F(TpmSite, a_counter_that_another_secret_opens_is_left_alone) {
  set_up();
  TpmSetUp other;
  other.counter_auth = crypto::Secret(as_bytes("another secret of another gateway"));
  const auto refused = run(gateway->set_up(std::move(other)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("tpm2_nvundefine -C o 0x01801F50"));
  EXPECT_TRUE(run(gateway->read_epoch(counter_auth.copy())));
}

// A state folder was wiped, or this board belonged to another gateway before.
TEST_F(TpmSite, a_tpm_that_was_set_up_for_other_state_folders_is_set_up_again_beside_them) {
  set_up();
  const TpmAnchor first = anchor;
  const auto set_up_with = [this](const std::string& secret, bool is_expected = false) {
    if (!is_expected) gateway->expect(std::nullopt);
    TpmSetUp wanted;
    wanted.counter_auth = crypto::Secret(as_bytes(secret));
    return run(gateway->set_up(std::move(wanted)));
  };
  for (std::uint32_t before = 1; before < 8; ++before) {
    const std::string secret = "the secret of state folder no. " + std::to_string(before);
    const auto made = set_up_with(secret);
    ASSERT_TRUE(made) << made.error().detail;
    EXPECT_EQ(made->counter_index, first.counter_index + before);
    EXPECT_EQ(set_up_with(secret).value(), *made) << "its anchor did not get into the store";
    EXPECT_EQ(set_up_with(secret, true).value(), *made) << "once more";
    EXPECT_TRUE(run(gateway->advance_epoch(crypto::Secret(as_bytes(secret)))));
  }
  const auto refused = set_up_with("one too many");
  ASSERT_FALSE(refused) << "not without end";
  EXPECT_EQ(refused.error().code, Errc::conflict);
  gateway->expect(first);
  EXPECT_TRUE(run(gateway->read_epoch(counter_auth.copy()))) << "what was there is left alone";
}

TEST_F(TpmSite, nothing_but_identity_and_set_up_works_before_set_up) {
  open();
  const auto sealed = run(gateway->seal(crypto::Secret(as_bytes("key")), {}));
  ASSERT_FALSE(sealed);
  EXPECT_EQ(sealed.error().code, Errc::unsupported);
  const auto identity = run(gateway->identity());
  ASSERT_TRUE(identity) << identity.error().detail;
  EXPECT_EQ(identity->endorsement_public.size(), 316U);
  EXPECT_EQ(identity->storage_public.size(), 284U);
  EXPECT_EQ(handles(0x8100'0000), 0U) << "identity writes nothing";
}

TEST_F(TpmSite, an_hmac_is_that_of_software_and_a_loaded_key_costs_one_command) {
  set_up();
  const TpmHmacKey key = make_key("group key");
  script->forget_counts();
  EXPECT_EQ(octets(hmac(key, "leaf-1").value()), software("group key", "leaf-1"));
  EXPECT_EQ(script->all(), 2);
  EXPECT_EQ(script->count(TPM2_CC_Load), 1);
  script->forget_counts();
  EXPECT_EQ(octets(hmac(key, "leaf-2").value()), software("group key", "leaf-2"));
  EXPECT_EQ(script->all(), 1);
  EXPECT_EQ(script->count(TPM2_CC_HMAC), 1);
}

TEST_F(TpmSite, of_several_keys_each_costs_two_commands_at_most_once_they_are_known) {
  set_up();
  std::vector<TpmHmacKey> keys;
  for (int i = 0; i < 4; ++i) keys.push_back(make_key("group " + std::to_string(i)));
  for (int i = 0; i < 4; ++i) (void)hmac(keys[static_cast<std::size_t>(i)], "first");
  (void)hmac(keys[0], "first");  // the answer comes before the last preparation
  script->forget_counts();
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 4; ++i) {
      const std::string message = "leaf-" + std::to_string(round);
      EXPECT_EQ(octets(hmac(keys[static_cast<std::size_t>(i)], message).value()),
                software("group " + std::to_string(i), message));
    }
  }
  EXPECT_LE(script->all(), 40);
  EXPECT_LE(handles(0x8000'0000), 2U);
}

TEST_F(TpmSite, a_false_authorization_value_opens_no_key_and_is_not_counted) {
  set_up();
  const TpmHmacKey key = make_key("group key");
  const TpmHmacKey other = make_key("other key");
  for (int round = 0; round < 3; ++round) {
    (void)hmac(key, "leaf");
    (void)hmac(other, "leaf");
    for (const TpmHmacKey* known : {&key, &other}) {
      TpmHmacKey wrong = copy(*known);
      wrong.auth = crypto::Secret(as_bytes("a guess"));
      const auto refused = hmac(wrong, "leaf");
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code, Errc::refused);
    }
  }
  EXPECT_EQ(gateway->facts().state, TpmState::ready);
  gateway->expect(anchor);
  EXPECT_TRUE(hmac(key, "leaf"));
  EXPECT_EQ(gateway->facts().lockout_counter, 0U);
}

TEST_F(TpmSite, what_was_sealed_opens_after_a_restart_and_in_no_other_tpm) {
  set_up();
  const auto sealed = run(gateway->seal(crypto::Secret(as_bytes("the key of keys")), {})).value();
  emulator.restart();
  const auto opened = run(gateway->unseal(sealed, {}));
  EXPECT_TRUE(opened || opened.error().code == Errc::throttled) << opened.error().detail;
  wait_for(TpmState::ready);
  EXPECT_EQ(octets(run(gateway->unseal(sealed, {})).value()),
            octets(crypto::Secret(as_bytes("the key of keys"))));

  gateway.reset();
  emulator.kill();
  emulator.empty();
  emulator.start();
  set_up();
  const auto refused = run(gateway->unseal(sealed, {}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_EQ(gateway->facts().state, TpmState::ready);
}

TEST_F(TpmSite, the_epoch_counts_up_in_one_command_each) {
  set_up();
  const auto first = run(gateway->read_epoch(counter_auth.copy())).value();
  script->forget_counts();
  EXPECT_EQ(run(gateway->advance_epoch(counter_auth.copy())).value(), first + 1);
  EXPECT_EQ(script->all(), 1);
  EXPECT_EQ(run(gateway->read_epoch(counter_auth.copy())).value(), first + 1);
  EXPECT_EQ(script->all(), 2);
  const auto refused = run(gateway->read_epoch(crypto::Secret(as_bytes("a guess"))));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
}

TEST_F(TpmSite, facts_tell_who_made_it) {
  open();
  EXPECT_THAT(gateway->facts().vendor, ::testing::StartsWith("IBM SW TPM "));
  EXPECT_GT(gateway->facts().commands, 0U);
  EXPECT_GT(gateway->facts().lockout_limit, 0U);
}

TEST_F(TpmSite, without_a_tpm_every_call_says_so) {
  options.enabled = false;
  tpm::EsysTpm none(test_loop().get_executor(), options, tpm::TransportMaker());
  EXPECT_EQ(none.facts().state, TpmState::off);
  const auto refused = run(none.identity());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
}

}  // namespace
}  // namespace leafgate::operations_test
