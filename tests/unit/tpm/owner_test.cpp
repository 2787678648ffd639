#include "adapters/tpm/bench.hpp"
#include "tests/unit/tpm/tpm_site.hpp"

namespace leafgate::owner_test {
namespace {

using tpm::Held;

// What somebody else does to the TPM, over a context of their own.
class Others {
 public:
  explicit Others(const Swtpm& emulator) {
    auto transport = tpm::open_transport(tpm::parse_tcti(emulator.tcti()).value()).value();
    bench_ = std::move(*tpm::Bench::open(std::move(transport), {}, true, Millis(60'000), std::nullopt));
  }
  ESYS_CONTEXT* esys() { return bench_->esys().raw(); }

  void make_storage_key_ecc(TPMA_OBJECT without = 0) {
    TPM2B_PUBLIC area = tpm::storage_template();
    area.publicArea.objectAttributes &= ~without;
    area.publicArea.type = TPM2_ALG_ECC;
    TPMS_ECC_PARMS& ecc = area.publicArea.parameters.eccDetail;
    ecc = {};
    ecc.symmetric.algorithm = TPM2_ALG_AES;
    ecc.symmetric.keyBits.aes = 128;
    ecc.symmetric.mode.aes = TPM2_ALG_CFB;
    ecc.scheme.scheme = TPM2_ALG_NULL;
    ecc.curveID = TPM2_ECC_NIST_P256;
    ecc.kdf.scheme = TPM2_ALG_NULL;
    area.publicArea.unique = {};
    TPM2B_PUBLIC made{};
    const Held key = std::move(*bench_->make_primary(ESYS_TR_RH_OWNER, area, made, "make"));
    ESYS_TR persistent = ESYS_TR_NONE;
    EXPECT_EQ(Esys_EvictControl(esys(), ESYS_TR_RH_OWNER, key.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                ESYS_TR_NONE, tpm::storage_handle, &persistent),
              0U);
  }
  void register_as_another_client() {
    TPM2B_PUBLIC made{};
    const Held key =
        std::move(*bench_->make_primary(ESYS_TR_RH_OWNER, tpm::storage_template(), made, "make"));
    ESYS_TR persistent = ESYS_TR_NONE;
    EXPECT_EQ(Esys_EvictControl(esys(), ESYS_TR_RH_OWNER, key.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                ESYS_TR_NONE, tpm::clients_handle, &persistent),
              0U);
  }
  void set_password(ESYS_TR hierarchy) {
    TPM2B_AUTH password{};
    (void)tpm::fill(password, as_bytes("somebody's"));
    EXPECT_EQ(
        Esys_HierarchyChangeAuth(esys(), hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &password),
        0U);
  }
  void clear() {
    EXPECT_EQ(Esys_Clear(esys(), ESYS_TR_RH_LOCKOUT, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE), 0U);
  }
  // One false authorization of an object without noDA, where one is allowed.
  void lock_out() {
    EXPECT_EQ(Esys_DictionaryAttackParameters(esys(), ESYS_TR_RH_LOCKOUT, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                              ESYS_TR_NONE, 1, 1000, 1000),
              0U);
    TPM2B_NV_PUBLIC area = tpm::counter_template(0x0180'0001);
    area.nvPublic.attributes &= ~static_cast<TPMA_NV>(TPMA_NV_NO_DA);
    const auto password = as_bytes("right");
    TPM2B_AUTH right{};
    (void)tpm::fill(right, password);
    ESYS_TR index = ESYS_TR_NONE;
    EXPECT_EQ(Esys_NV_DefineSpace(esys(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                                  &right, &area, &index),
              0U);
    TPM2B_AUTH wrong{};
    (void)tpm::fill(wrong, as_bytes("wrong"));
    EXPECT_EQ(Esys_TR_SetAuth(esys(), index, &wrong), 0U);
    EXPECT_NE(Esys_NV_Increment(esys(), index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE), 0U);
  }
  // Defines indexes until there is no room for another: large ones, then small ones, then counters, for
  // which a TPM keeps room of its own.
  void fill() {
    std::uint32_t next = 0x0180'2000;
    constexpr UINT16 sizes[] = {2048, 256, 16, 0};
    for (const UINT16 size : sizes) {
      while (define(next, size)) ++next;
    }
  }
  // Leaves one object there, as a program that was ended in mid-command does.
  void leave_an_object() {
    TPM2B_PUBLIC made{};
    auto key = bench_->make_primary(ESYS_TR_RH_OWNER, tpm::signing_template(7), made, "make");
    ASSERT_TRUE(key);
    key->forget(key->handle());
  }
  // Takes every slot, as a context that broke in mid-command leaves them.
  void crowd() {
    const TPMT_SYM_DEF none{TPM2_ALG_NULL, {0}, {0}};
    ESYS_TR session = ESYS_TR_NONE;
    while (Esys_StartAuthSession(esys(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                 nullptr, TPM2_SE_HMAC, &none, TPM2_ALG_SHA256, &session) == 0) {
    }
  }

 private:
  bool define(std::uint32_t handle, UINT16 size) {
    TPM2B_NV_PUBLIC area = tpm::counter_template(handle);
    if (size > 0) {
      area.nvPublic.attributes &= ~static_cast<TPMA_NV>(TPMA_NV_TPM2_NT_MASK);
      area.nvPublic.dataSize = size;
    }
    const TPM2B_AUTH none{};
    ESYS_TR index = ESYS_TR_NONE;
    return Esys_NV_DefineSpace(esys(), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &none,
                               &area, &index) == 0;
  }

  std::unique_ptr<tpm::Bench> bench_;
};

TEST_F(TpmSite, a_storage_key_that_is_there_is_kept_and_the_service_is_shown_an_rsa_one) {
  open();
  Others(emulator).make_storage_key_ecc();
  gateway->expect(std::nullopt);
  TpmSetUp wanted;
  wanted.counter_auth = counter_auth.copy();
  const auto made = run(gateway->set_up(std::move(wanted)));
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(run(gateway->identity()).value().storage_public.size(), 284U) << "RSA";
  const TpmHmacKey key = make_key("group key");
  EXPECT_EQ(octets(hmac(key, "leaf").value()), software("group key", "leaf"));
  EXPECT_EQ(handles(0x8100'0001), 1U);
}

TEST_F(TpmSite, a_storage_key_by_which_power_cuts_lock_the_tpm_is_told_of) {
  open();
  EXPECT_EQ(gateway->facts().detail, "");
  Others(emulator).make_storage_key_ecc(TPMA_OBJECT_NODA);
  gateway->expect(std::nullopt);
  TpmSetUp wanted;
  wanted.counter_auth = counter_auth.copy();
  ASSERT_TRUE(run(gateway->set_up(std::move(wanted))));
  EXPECT_THAT(gateway->facts().detail, ::testing::HasSubstr("noDA"));
}

TEST_F(TpmSite, a_key_that_another_client_of_the_service_left_is_seen) {
  open();
  EXPECT_FALSE(run(gateway->identity()).value().other_client);
  Others(emulator).register_as_another_client();
  EXPECT_TRUE(run(gateway->identity()).value().other_client);
}

TEST_F(TpmSite, an_owner_password_is_named_and_hinders_nothing_after_set_up) {
  open();
  Others(emulator).set_password(ESYS_TR_RH_OWNER);
  TpmSetUp wanted;
  wanted.counter_auth = counter_auth.copy();
  const auto refused = run(gateway->set_up(std::move(wanted)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("password"));
  EXPECT_EQ(gateway->facts().state, TpmState::ready);
}

TEST_F(TpmSite, a_password_of_the_owner_that_comes_later_hinders_nothing) {
  set_up();
  Others(emulator).set_password(ESYS_TR_RH_OWNER);
  gateway->expect(anchor);
  EXPECT_TRUE(run(gateway->advance_epoch(counter_auth.copy())));
  EXPECT_TRUE(run(gateway->seal(crypto::Secret(as_bytes("key")), {})));
  EXPECT_TRUE(run(gateway->certify_epoch(counter_auth.copy(), {})));
}

TEST_F(TpmSite, without_room_for_the_counter_set_up_says_so) {
  open();
  Others(emulator).fill();
  TpmSetUp wanted;
  wanted.counter_auth = counter_auth.copy();
  const auto refused = run(gateway->set_up(std::move(wanted)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::refused);
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("no room"));
}

TEST_F(TpmSite, a_cleared_tpm_is_foreign) {
  options.keeper.pauses.look = Millis(2);
  set_up();
  Others(emulator).clear();
  wait_for(TpmState::foreign);
}

TEST_F(TpmSite, a_tpm_that_others_locked_out_still_works_and_is_told_of) {
  set_up();
  const TpmHmacKey key = make_key("group key");
  Others(emulator).lock_out();
  gateway->expect(anchor);
  EXPECT_EQ(octets(hmac(key, "leaf").value()), software("group key", "leaf"));
  EXPECT_TRUE(run(gateway->advance_epoch(counter_auth.copy())));
  EXPECT_TRUE(run(gateway->certify_epoch(counter_auth.copy(), {})));
  const TpmFacts facts = gateway->facts();
  EXPECT_EQ(facts.lockout_counter, 1U);
  EXPECT_EQ(facts.lockout_limit, 1U);
  EXPECT_EQ(facts.lockout_recovery, Seconds(1000));
}

TEST_F(TpmSite, what_an_ended_program_left_in_an_emulator_hinders_no_request) {
  set_up();
  const auto sealed = run(gateway->seal(crypto::Secret(as_bytes("key")), {}));
  ASSERT_TRUE(sealed);
  gateway.reset();
  Others(emulator).leave_an_object();
  EXPECT_EQ(handles(0x8000'0000), 1U);
  open();
  gateway->expect(anchor);
  const auto opened = run(gateway->unseal(*sealed, {}));
  EXPECT_TRUE(opened) << opened.error().detail;
}

TEST_F(TpmSite, an_emulator_that_a_broken_context_left_full_is_cleared_up) {
  set_up();
  gateway->expect(anchor);
  ASSERT_TRUE(run(gateway->read_epoch(counter_auth.copy())));
  gateway.reset();
  Others(emulator).crowd();
  EXPECT_EQ(handles(0x0200'0000), 3U);
  open();
  gateway->expect(anchor);
  const auto counter = run(gateway->read_epoch(counter_auth.copy()));
  ASSERT_TRUE(counter) << counter.error().detail;
}

}  // namespace
}  // namespace leafgate::owner_test
