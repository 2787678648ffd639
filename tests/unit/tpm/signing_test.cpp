#include <tss2/tss2_mu.h>

#include "gateway/crypto/p256.hpp"
#include "tests/unit/tpm/openssl_key.hpp"
#include "tests/unit/tpm/tpm_site.hpp"

namespace leafgate::signing_test {
namespace {

ByteView view(const TPM2B_ECC_PARAMETER& number) { return {number.buffer, number.size}; }

Bytes point_of(const Bytes& area) {
  TPM2B_PUBLIC read{};
  std::size_t used = 0;
  EXPECT_EQ(Tss2_MU_TPM2B_PUBLIC_Unmarshal(area.data(), area.size(), &used, &read), TSS2_RC_SUCCESS);
  const TPMS_ECC_POINT& unique = read.publicArea.unique.ecc;
  Bytes point = {4};
  point.insert(point.end(), unique.x.buffer, unique.x.buffer + unique.x.size);
  point.insert(point.end(), unique.y.buffer, unique.y.buffer + unique.y.size);
  return point;
}

TEST_F(TpmSite, a_checkpoint_is_one_command_and_verifies_outside) {
  set_up();
  std::array<std::uint8_t, 32> root{};
  root.fill(0x5a);
  const auto counter = run(gateway->advance_epoch(counter_auth.copy())).value();
  script->forget_counts();
  const auto statement = run(gateway->certify_epoch(counter_auth.copy(), root));
  ASSERT_TRUE(statement) << statement.error().detail;
  EXPECT_EQ(script->all(), 1);
  EXPECT_EQ(statement->counter, counter);

  TPMT_SIGNATURE signature{};
  std::size_t used = 0;
  ASSERT_EQ(Tss2_MU_TPMT_SIGNATURE_Unmarshal(statement->signature.data(), statement->signature.size(), &used,
                                             &signature),
            TSS2_RC_SUCCESS);
  const TPMS_SIGNATURE_ECC& numbers = signature.signature.ecdsa;
  const OpensslKey key(point_of(anchor.signing_public));
  EXPECT_TRUE(key.verifies(statement->attest, view(numbers.signatureR), view(numbers.signatureS)));
  Bytes changed = statement->attest;
  changed.back() ^= 1;
  EXPECT_FALSE(key.verifies(changed, view(numbers.signatureR), view(numbers.signatureS)));

  TPMS_ATTEST said{};
  used = 0;
  ASSERT_EQ(Tss2_MU_TPMS_ATTEST_Unmarshal(statement->attest.data(), statement->attest.size(), &used, &said),
            TSS2_RC_SUCCESS);
  EXPECT_EQ(said.magic, TPM2_GENERATED_VALUE);
  EXPECT_TRUE(std::ranges::equal(root, ByteView(said.extraData.buffer, said.extraData.size)));
  EXPECT_EQ(said.attested.nv.nvContents.buffer[7], static_cast<std::uint8_t>(counter));
  EXPECT_TRUE(std::ranges::equal(anchor.counter_name,
                                 ByteView(said.attested.nv.indexName.name, said.attested.nv.indexName.size)));
}

TEST_F(TpmSite, the_attestation_key_is_the_same_after_a_restart) {
  set_up();
  emulator.restart();
  (void)raw({0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x7b, 0, 8});
  gateway->expect(anchor);
  std::array<std::uint8_t, 32> root{};
  EXPECT_TRUE(run(gateway->certify_epoch(counter_auth.copy(), root)));
  EXPECT_EQ(gateway->facts().state, TpmState::ready);
  TpmAnchor other = anchor;
  other.signing_public.back() ^= 1;
  gateway->expect(other);
  wait_for(TpmState::foreign);
}

// Extends register 16 of the SHA-256 bank: what an update does to the registers.
Bytes extend_16() {
  Bytes command = {0x80, 0x02, 0, 0, 0, 65, 0, 0, 0x01, 0x82, 0, 0, 0, 16, 0, 0, 0,
                   9,    0x40, 0, 0, 9, 0,  0, 0, 0,    0,    0, 0, 0, 1,  0, 11};
  command.insert(command.end(), 32, 0x77);
  return command;
}

Bytes policy_named_in(const std::string& detail) {
  Bytes out;
  const std::string hex = detail.substr(detail.size() - std::min<std::size_t>(64, detail.size()));
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

TEST_F(TpmSite, what_is_bound_to_registers_opens_as_they_are_approved_without_sealing_anew) {
  set_up();
  const OpensslKey approver;
  const OpensslKey stranger;
  TpmSealPolicy policy;
  policy.registers = {16};
  policy.approver = approver.pem();
  const auto sealed = run(gateway->seal(crypto::Secret(as_bytes("the key of keys")), policy)).value();

  policy.approval = stranger.sign(Bytes(32));
  const auto unapproved = run(gateway->unseal(sealed, policy));
  ASSERT_FALSE(unapproved);
  EXPECT_EQ(unapproved.error().code, Errc::refused);
  policy.approval = approver.sign(policy_named_in(unapproved.error().detail));
  EXPECT_TRUE(run(gateway->unseal(sealed, policy)));

  TpmSealPolicy forged = policy;
  forged.approver = stranger.pem();
  forged.approval = stranger.sign(policy_named_in(unapproved.error().detail));
  EXPECT_EQ(run(gateway->unseal(sealed, forged)).error().code, Errc::refused);
  EXPECT_EQ(run(gateway->unseal(sealed, {})).error().code, Errc::refused) << "not without the registers";

  (void)raw(extend_16());
  const auto after_update = run(gateway->unseal(sealed, policy));
  ASSERT_FALSE(after_update);
  EXPECT_EQ(after_update.error().code, Errc::refused);
  policy.approval = approver.sign(policy_named_in(after_update.error().detail));
  const auto opened = run(gateway->unseal(sealed, policy));
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(octets(*opened), octets(crypto::Secret(as_bytes("the key of keys"))));
  EXPECT_EQ(gateway->facts().state, TpmState::ready);
}

TEST_F(TpmSite, an_approver_that_is_no_p256_key_is_named) {
  set_up();
  TpmSealPolicy policy;
  policy.registers = {7};
  policy.approver = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
  EXPECT_FALSE(run(gateway->seal(crypto::Secret(as_bytes("key")), policy)));
  policy.approver = OpensslKey().pem();
  policy.registers = {24};
  policy.approval = OpensslKey().sign(Bytes(32));
  const auto sealed = run(gateway->seal(crypto::Secret(as_bytes("key")), policy)).value();
  EXPECT_EQ(run(gateway->unseal(sealed, policy)).error().code, Errc::refused);
}

}  // namespace
}  // namespace leafgate::signing_test
