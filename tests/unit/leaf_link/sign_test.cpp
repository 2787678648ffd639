#include "tests/unit/leaf_link/talk.hpp"

namespace leafgate::leaf_link::sign_test {
namespace {

class Sign : public ::testing::TestWithParam<std::string> {
 protected:
  Sign() : talk(GetParam()), leaf(talk.leaf) {}
  void refuses(const char* name) {
    Talk other(GetParam());
    other.prove();
    other.give(name);
    EXPECT_TRUE(other.says("signature_no")) << name;
    EXPECT_EQ(other.leaf.signed_hashes.size(), 1U) << name;  // that of the proof
  }

  Talk talk;
  Firmware& leaf;
};
INSTANTIATE_TEST_SUITE_P(Leaf, Sign, ::testing::ValuesIn(conversations({"x509"})), case_name);

TEST_P(Sign, GivesTheSignatureOfATls13ClientOnce) {
  talk.prove();
  talk.give("sign_tls13");
  EXPECT_TRUE(talk.says("signature_tls13"));
  EXPECT_EQ(leaf.last().what, LEAFGATE_SIGNED);
  EXPECT_EQ(leaf.last().reason, "TLS client of the provisioning service");
  talk.give("sign_tls13");
  EXPECT_TRUE(talk.says("signature_no"));
  talk.give("sign_transcript");
  EXPECT_TRUE(talk.says("signature_no"));
  EXPECT_EQ(leaf.signed_hashes.size(), 2U);
  talk.give("result");
  EXPECT_EQ(leaf.last().what, LEAFGATE_ASSIGNED);
}

TEST_P(Sign, GivesTheSignatureOfATls12Transcript) {
  talk.prove();
  talk.give("sign_transcript");
  EXPECT_TRUE(talk.says("signature_hash"));
  talk.give("result");
  EXPECT_EQ(leaf.last().what, LEAFGATE_ASSIGNED);
}

TEST_P(Sign, ATranscriptIsTakenAtAnyCut) {
  if (!leaf.serial()) return;
  for (const std::size_t cut : {31U, 50U, 64U}) {
    Talk other(GetParam());
    other.prove();
    EXPECT_EQ(other.line.give(other.leaf.vector("sign_transcript"), cut).type, ack) << cut;
    EXPECT_TRUE(other.says("signature_hash")) << cut;
  }
}

TEST_P(Sign, AChangedTranscriptIsNotSigned) {
  talk.prove();
  const Octets good = leaf.vector("sign_transcript");
  for (const std::size_t at : {25U, 1500U, 3020U, 3040U}) {
    Octets changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    talk.give_octets(changed);
    EXPECT_EQ(talk.take(), "") << at;
    EXPECT_EQ(leaf.last().what, LEAFGATE_UNPROVEN) << at;
  }
  EXPECT_EQ(leaf.signed_hashes.size(), 1U);
  talk.give("sign_transcript");
  EXPECT_TRUE(talk.says("signature_hash"));
}

TEST_P(Sign, GivesTheSignatureOfATls12HashUnlessItWantsTheTranscript) {
  if (leaf.config.whole_transcript) return refuses("sign_hash");
  talk.prove();
  talk.give("sign_hash");
  EXPECT_TRUE(talk.says("signature_hash"));
}

TEST_P(Sign, RefusesWhatIsNoProofOfATlsClient) {
  for (const char* name : {"sign_server_prefix", "sign_no_prefix", "sign_other_spaces", "sign_short_hash",
                           "sign_long_hash", "sign_not_offered"})
    refuses(name);
  if (!leaf.serial()) refuses("sign_no_transcript");
}

TEST_P(Sign, AnythingElseAsATranscriptIsTooLargeOrRefused) {
  if (!leaf.serial()) return;
  talk.prove();
  EXPECT_EQ(talk.line.give(leaf.vector("sign_no_transcript")).payload, "\2");
  EXPECT_EQ(leaf.signed_hashes.size(), 1U);
}

TEST_P(Sign, SaysNothingToAGatewayThatDoesNotProveItself) {
  talk.prove();
  talk.give("sign_other");
  EXPECT_EQ(talk.take(), "");
  EXPECT_EQ(leaf.last().what, LEAFGATE_UNPROVEN);
  EXPECT_EQ(leaf.last().of, 8);
  talk.give("sign_tls13");
  EXPECT_TRUE(talk.says("signature_tls13"));
}

TEST_P(Sign, SaysNothingOutsideAnAttempt) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  talk.give("sign_tls13");
  talk.give("sign_early");
  EXPECT_EQ(talk.take(), "");
  EXPECT_TRUE(leaf.signed_hashes.empty());
  talk.give("challenge");
  ASSERT_TRUE(talk.says("proof"));
  talk.give("result");
  talk.give("sign_tls13");
  EXPECT_EQ(talk.take(), "");
  EXPECT_EQ(leaf.signed_hashes.size(), 1U);
}

TEST_P(Sign, APollIsNotForgottenOverIt) {
  talk.prove();
  talk.give("assigning");
  talk.give("sign_tls13");
  EXPECT_TRUE(talk.says("signature_tls13"));
  leaf.pass(3000);
  EXPECT_TRUE(talk.says("poll"));
}

// A line may be so slow that the question comes when the leaf wants to poll already.
TEST_P(Sign, APollThatWaitsGivesWayAndComesAfterIt) {
  if (!leaf.serial()) return;
  for (const char* question : {"sign_tls13", "sign_transcript"}) {
    Talk other(GetParam());
    other.prove();
    other.give("assigning");
    other.leaf.pass(3000);
    other.give("sign_other");
    other.give(question);
    EXPECT_TRUE(
        other.says(std::string_view(question) == "sign_tls13" ? "signature_tls13" : "signature_hash"));
    EXPECT_EQ(other.take(), "");
    other.leaf.pass(1000);
    EXPECT_TRUE(other.says("poll"));
  }
}

// The gateway says it when it has waited for the service long enough, and that may be just then.
TEST_P(Sign, AStatusThatCrossesWithTheSignatureCounts) {
  talk.prove();
  talk.give("sign_tls13");
  talk.give("assigning");
  EXPECT_TRUE(talk.says("signature_tls13"));
  leaf.pass(3000);
  EXPECT_TRUE(talk.says("poll"));
}

TEST_P(Sign, AKeyThatFailsSaysNo) {
  talk.prove();
  leaf.sign_fails = true;
  talk.give("sign_tls13");
  EXPECT_TRUE(talk.says("signature_no"));
}

#ifdef LEAFGATE_TRUST_WIRE
TEST_P(Sign, ALeafWithoutAPinBelievesItsWireButSignsForNobody) {
  leaf.config.pin = nullptr;
  if (!leaf.serial()) {
    EXPECT_EQ(leaf.init(), LEAFGATE_USAGE);
    return;
  }
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  talk.give("challenge");
  ASSERT_TRUE(talk.says("proof"));
  talk.give("sign_tls13");
  EXPECT_TRUE(talk.says("signature_no"));
  EXPECT_EQ(leaf.signed_hashes.size(), 1U);
  talk.give("result_other");  // whoever it is
  EXPECT_EQ(leaf.last().what, LEAFGATE_ASSIGNED);
}
#else
TEST_P(Sign, ALeafWithoutAPinDoesNotBegin) {
  leaf.config.pin = nullptr;
  EXPECT_EQ(leaf.init(), LEAFGATE_USAGE);
}
#endif

}  // namespace
}  // namespace leafgate::leaf_link::sign_test
