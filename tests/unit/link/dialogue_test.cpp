// The whole dialogue with leaves of every kind, and what a lost message does to it.
#include <gtest/gtest.h>

#include "tests/unit/link/endpoint_site.hpp"

namespace leafgate::link::dialogue_test {
namespace {

class DialogueTest : public EndpointSite {
 protected:
  std::unique_ptr<FakeLeaf> start(Firmware firmware) {
    carrier = std::make_shared<FakeCarrier>();
    auto leaf = std::make_unique<FakeLeaf>(simulator.executor(), *endpoint, carrier, std::move(firmware));
    return leaf;
  }
  std::unique_ptr<FakeLeaf> finish(std::unique_ptr<FakeLeaf> leaf) {
    simulator.spawn(leaf->run());
    for (int minute = 0; minute < 20 && !leaf->gone; ++minute) simulator.run_for(std::chrono::minutes(1));
    leaf->give_up();
    if (!leaf->gone) simulator.run_for(std::chrono::hours(2));
    return leaf;
  }
};

TEST_F(DialogueTest, ALeafWithASymmetricKeyIsAssigned) {
  Firmware firmware = by_key();
  firmware.payload = R"({"model":"p3"})";
  const auto leaf = finish(start(firmware));
  ASSERT_TRUE(leaf->end);
  EXPECT_EQ(leaf->end->type, result_type);
  EXPECT_EQ(leaf->end->text(1), "hub1.example");
  EXPECT_EQ(leaf->end->text(2), "pump-1");
  EXPECT_EQ(leaf->messages, 4);
  EXPECT_EQ(leaf->attempts, 1);
  ASSERT_EQ(registrar.attempts.size(), 1U);
  const Attempt& attempt = registrar.attempts[0];
  EXPECT_EQ(attempt.request.payload, R"({"model":"p3"})");
  EXPECT_EQ(attempt.source.transport, Transport::serial);
  EXPECT_EQ(attempt.source.address, "line1/5");
  EXPECT_TRUE(attempt.direct);
  EXPECT_EQ(attempt.signer, nullptr);
  const auto& claim = std::get<MacEvidence>(attempt.evidence).claim;
  EXPECT_EQ(claim.registration_id, "pump-1");
  EXPECT_EQ(claim.binding, "serial/line1");
  EXPECT_EQ(endpoint->open(), 0U);
}

TEST_F(DialogueTest, ALeafWithACertificateIsAssigned) {
  const auto leaf = finish(start(by_certificate()));
  ASSERT_TRUE(leaf->end);
  EXPECT_EQ(leaf->end->type, result_type);
  EXPECT_NE(registrar.attempts.at(0).signer, nullptr);
  EXPECT_TRUE(registrar.attempts[0].schemes.has(SignatureScheme::es256));
  EXPECT_EQ(leaf->signed_times, 0) << "nobody wanted a signature";
}

TEST_F(DialogueTest, ALeafThatSignsForTheServiceIsAssigned) {
  registrar.wants_signature = true;
  const auto leaf = finish(start(by_certificate()));
  ASSERT_TRUE(leaf->end);
  EXPECT_EQ(leaf->end->type, result_type);
  EXPECT_EQ(leaf->signed_times, 1);
  ASSERT_EQ(registrar.signatures.size(), 1U);
  EXPECT_EQ(registrar.signatures[0].value(), Bytes(64, 0x51));
}

TEST_F(DialogueTest, ALeafWithATpmIsAssignedAndGetsItsKey) {
  Answer done = FakeLinkRegistrar::assigned();
  done.authentication_key = crypto::base64::encode(as_bytes("its hub key"));
  registrar.says.push_back(done);
  const auto leaf = finish(start(by_tpm()));
  ASSERT_TRUE(leaf->end);
  EXPECT_EQ(leaf->end->type, result_type);
  EXPECT_EQ(leaf->end->text(5), "its hub key");
  ASSERT_EQ(registrar.attempts.size(), 2U);
  const TpmKeys& keys = registrar.attempts[0].request.tpm;
  EXPECT_EQ(keys.endorsement_key, crypto::base64::encode(as_bytes("its EK")));
  EXPECT_EQ(keys.storage_root_key, crypto::base64::encode(as_bytes("its SRK")));
  EXPECT_EQ(registrar.good, 1);
}

TEST_F(DialogueTest, ALeafThatHasToWaitPolls) {
  registrar.says = {FakeLinkRegistrar::assigning(), FakeLinkRegistrar::assigning(Seconds(0)),
                    FakeLinkRegistrar::assigning(Seconds(90'000))};
  const auto leaf = finish(start(by_key()));
  EXPECT_FALSE(leaf->end) << "it waits for an hour, no longer";
  EXPECT_EQ(registrar.good, 3);
  EXPECT_EQ(registrar.attempts.at(1).operation->text(), FakeLinkRegistrar::operation);
  EXPECT_EQ(registrar.attempts.at(1).evidence.index(), registrar.attempts[0].evidence.index());
}

TEST_F(DialogueTest, ALeafOfAnotherKeyDoesNotBelieveTheGateway) {
  Firmware firmware = by_key();
  firmware.key = "another key";
  const auto leaf = finish(start(firmware));
  EXPECT_FALSE(leaf->end);
  EXPECT_GT(leaf->disbelieved, 0);
  EXPECT_EQ(registrar.good, 0);
  EXPECT_FALSE(vouchers.never_answered.empty());
}

TEST_F(DialogueTest, ALeafWithAnotherPinNeverSigns) {
  registrar.wants_signature = true;
  Firmware firmware = by_certificate();
  firmware.pin = Bytes(64, 1);
  const auto leaf = finish(start(firmware));
  EXPECT_FALSE(leaf->end);
  EXPECT_EQ(leaf->signed_times, 0);
  EXPECT_TRUE(registrar.attempts.empty());
}

// --- each message lost in turn

struct Kind {
  const char* name;
  Mechanism mechanism;
  bool signs;
  int polls;
};
const Kind kinds[] = {{"symmetric key", Mechanism::symmetric_key, false, 0},
                      {"symmetric key that polls", Mechanism::symmetric_key, false, 2},
                      {"certificate", Mechanism::x509, false, 0},
                      {"certificate that signs", Mechanism::x509, true, 0},
                      {"certificate that signs and polls", Mechanism::x509, true, 1},
                      {"TPM", Mechanism::tpm, false, 0},
                      {"TPM that polls", Mechanism::tpm, false, 1}};

class DialogueSweep : public DialogueTest, public testing::WithParamInterface<int> {
 protected:
  // How often the leaf had to begin.
  int go(const Kind& kind, int lost) {
    registrar.wants_signature = kind.signs;
    registrar.says.assign(static_cast<std::size_t>(kind.polls), FakeLinkRegistrar::assigning());
    Firmware firmware = by_key();
    if (kind.mechanism == Mechanism::x509) firmware = by_certificate();
    if (kind.mechanism == Mechanism::tpm) firmware = by_tpm();
    auto leaf = start(std::move(firmware));
    leaf->lose = lost;
    leaf->repeats = GetParam();
    leaf = finish(std::move(leaf));
    EXPECT_TRUE(leaf->end && leaf->end->type == result_type) << kind.name << ", lost " << lost;
    EXPECT_LE(leaf->signed_times, leaf->attempts) << kind.name << ", lost " << lost;
    EXPECT_EQ(leaf->disbelieved, 0) << kind.name << ", lost " << lost;
    EXPECT_GE(leaf->messages, lost) << "the sweep went beyond the dialogue";
    return leaf->attempts;
  }
  static int messages_of(const Kind& kind) { return 4 + (kind.signs ? 2 : 0) + 2 * kind.polls; }
};

TEST_P(DialogueSweep, LeadsToTheEndWhicheverMessageIsLost) {
  for (const Kind& kind : kinds)
    for (int lost = 1; lost <= messages_of(kind); ++lost) (void)go(kind, lost);
}

INSTANTIATE_TEST_SUITE_P(Leaves, DialogueSweep, testing::Values(0, 2));

class RepeatingLeaf : public DialogueSweep {};
// All but the last message: then its conversation is over.
TEST_P(RepeatingLeaf, NeedsNoOtherAttempt) {
  for (const Kind& kind : kinds)
    for (int lost = 1; lost < messages_of(kind); ++lost) EXPECT_EQ(go(kind, lost), 1) << kind.name << lost;
}
INSTANTIATE_TEST_SUITE_P(Leaves, RepeatingLeaf, testing::Values(2));

}  // namespace
}  // namespace leafgate::link::dialogue_test
