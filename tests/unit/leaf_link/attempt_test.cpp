#include "tests/unit/leaf_link/talk.hpp"

namespace leafgate::leaf_link::attempt_test {
namespace {

using ::testing::Each;
using ::testing::Field;

// The same attempt on every carrier with every attestation.
class Attempt : public ::testing::TestWithParam<std::string> {
 protected:
  Attempt() : talk(GetParam()), leaf(talk.leaf) {}
  void registered() {
    ASSERT_EQ(leaf.start(), LEAFGATE_OK);
    ASSERT_TRUE(talk.says("register"));
  }

  Talk talk;
  Firmware& leaf;
};
INSTANTIATE_TEST_SUITE_P(Leaf, Attempt, ::testing::ValuesIn(conversations({"symmetricKey", "x509", "tpm"})),
                         case_name);

TEST_P(Attempt, EndsWithAnAssignment) {
  talk.prove();
  talk.give("assigning");
  leaf.pass(2999);
  EXPECT_EQ(talk.take(), "");
  leaf.pass(1);
  EXPECT_TRUE(talk.says("poll"));
  talk.give("result");
  ASSERT_EQ(leaf.told.size(), 1U);
  EXPECT_EQ(leaf.last().what, LEAFGATE_ASSIGNED);
  EXPECT_EQ(leaf.last().hub, "hub.example.net");
  EXPECT_EQ(leaf.last().device, "dev-7");
  EXPECT_EQ(leaf.last().substatus, "initialAssignment");
  const bool tpm = leaf.config.attestation == LEAFGATE_TPM;
  EXPECT_EQ(leaf.last().payload, tpm ? "" : "{\"slot\":3}");
  EXPECT_EQ(leaf.last().authentication_key, tpm ? vector_of("authenticationKey") : "");
  for (int minute = 0; minute < 120; ++minute) leaf.pass(60000);
  EXPECT_EQ(talk.take(), "");
  EXPECT_EQ(leaf.told.size(), 1U);
}

TEST_P(Attempt, IsRefusedBeforeTheChallenge) {
  registered();
  talk.give("error_early");
  ASSERT_EQ(leaf.told.size(), 1U);
  EXPECT_EQ(leaf.last().what, LEAFGATE_REFUSED);
  EXPECT_EQ(leaf.last().error_code, 401002U);
  EXPECT_EQ(leaf.last().reason, "not enrolled");
  EXPECT_EQ(leaf.last().wait, 0U);
  talk.give("challenge");
  EXPECT_EQ(talk.take(), "");
}

TEST_P(Attempt, IsRefusedAlsoWhereTheRefusalCrossedWithTheProof) {
  for (const char* error : {"error_crossed", "error_late"}) {
    Talk other(GetParam());
    other.prove();
    other.give(error);
    ASSERT_EQ(other.leaf.told.size(), 1U) << error;
    EXPECT_EQ(other.leaf.last().what, LEAFGATE_REFUSED);
  }
}

TEST_P(Attempt, IsBegunAgainWhenTheRefusalSaysWhen) {
  talk.prove();
  talk.give("error_late_retry");
  EXPECT_EQ(leaf.last().error_code, 429001U);
  EXPECT_EQ(leaf.last().wait, 30U);
  leaf.pass(29999);
  EXPECT_EQ(talk.take(), "");
  leaf.pass(7502);
  const Octets again = talk.take();
  EXPECT_EQ(again.size(), leaf.vector("register").size());
  EXPECT_NE(again, leaf.vector("register"));  // another exchange, another nonce
}

TEST_P(Attempt, BelievesNoChallengeOfAnother) {
  registered();
  talk.give("challenge_other");
  ASSERT_EQ(leaf.told.size(), 1U);
  EXPECT_EQ(leaf.last().what, LEAFGATE_UNPROVEN);
  EXPECT_EQ(leaf.last().of, 2);
  EXPECT_EQ(talk.take(), "");
  if (leaf.config.attestation != LEAFGATE_SYMMETRIC_KEY) {
    talk.give("challenge_by_key");  // there is no device key that it could know
    EXPECT_EQ(leaf.told.size(), 2U);
  }
  EXPECT_EQ(talk.take(), "");
  EXPECT_TRUE(leaf.signed_hashes.empty());
  talk.give("challenge");
  EXPECT_TRUE(talk.says("proof"));
}

TEST_P(Attempt, BelievesNothingElseOfAnother) {
  const std::pair<const char*, int> messages[] = {
      {"error_late_other", 7}, {"error_crossed_other", 7}, {"result_other", 6}};
  for (const auto& [name, type] : messages) {
    Talk other(GetParam());
    other.prove();
    other.give(name);
    ASSERT_EQ(other.leaf.told.size(), 1U) << name;
    EXPECT_EQ(other.leaf.last().what, LEAFGATE_UNPROVEN);
    EXPECT_EQ(other.leaf.last().of, type);
    other.give("result");
    EXPECT_EQ(other.leaf.last().what, LEAFGATE_ASSIGNED);
  }
}

TEST_P(Attempt, NoOctetOfAMessageWithAuthMayChange) {
  registered();
  const Octets challenge = leaf.vector("challenge");
  for (std::size_t at = 0; at < challenge.size(); at += GetParam().starts_with("tpm") ? 29U : 7U) {
    Octets changed = challenge;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    talk.give_octets(changed);
    EXPECT_EQ(talk.take(), "") << at;
  }
  EXPECT_THAT(leaf.told, Each(Field(&Told::what, LEAFGATE_UNPROVEN)));
  talk.give("challenge");
  EXPECT_TRUE(talk.says("proof"));
}

TEST_P(Attempt, HearsNothingOutOfItsOrder) {
  registered();
  talk.give("result_early");
  EXPECT_TRUE(leaf.told.empty());
  talk.give("result");
  talk.give("error_late");
  EXPECT_THAT(leaf.told, Each(Field(&Told::what, LEAFGATE_UNPROVEN)));
  talk.give("challenge");
  ASSERT_TRUE(talk.says("proof"));
  leaf.told.clear();
  talk.give("challenge");  // a second time, as a broker may deliver it
  EXPECT_EQ(talk.take(), "");
  EXPECT_TRUE(leaf.told.empty());
}

TEST_P(Attempt, AnOldConversationMeansNothingInANewOne) {
  talk.prove();
  talk.give("unassigned");
  leaf.pass(11000);
  ASSERT_NE(talk.take(), "");
  for (const char* old : {"challenge", "error_early", "result", "assigning"}) talk.give(old);
  EXPECT_EQ(talk.take(), "");
  EXPECT_TRUE(leaf.told.empty());
}

TEST_P(Attempt, AStatusMakesALeafWaitForAnHourAtMost) {
  talk.prove();
  talk.give("assigning_far");
  leaf.pass(3599999);
  EXPECT_EQ(talk.take(), "");
  leaf.pass(1);
  EXPECT_TRUE(talk.says("poll"));
}

TEST_P(Attempt, AStatusDoesNotKeepAResultOut) {
  talk.prove();
  talk.give("unassigned");
  talk.give("assigning_far");
  talk.give("result");
  EXPECT_EQ(leaf.last().what, LEAFGATE_ASSIGNED);
}

TEST_P(Attempt, WithoutAnOperationTheLeafRegistersAnew) {
  talk.prove();
  talk.give("unassigned");
  leaf.pass(7999);
  EXPECT_EQ(talk.take(), "");
  leaf.pass(2002);
  EXPECT_EQ(talk.take().size(), leaf.vector("register").size());
}

TEST_P(Attempt, WithoutAnAnswerItIsBegunAgainAfterGrowingPauses) {
  registered();
  bool spread = false;
  for (int attempt = 0; attempt < 9; ++attempt) {
    leaf.pass(59999);
    EXPECT_EQ(leaf.told.size(), static_cast<std::size_t>(attempt));
    leaf.pass(1);
    ASSERT_EQ(leaf.last().what, LEAFGATE_NO_ANSWER);
    const std::uint32_t step = 5U << std::min(attempt, 6);
    EXPECT_GE(leaf.last().wait, step / 2);
    EXPECT_LE(leaf.last().wait, step + step / 2 + 1);
    spread = spread || leaf.last().wait > step / 2 + 1;
    leaf.pass(leaf.last().wait * 1000);
    ASSERT_NE(talk.take(), "") << attempt;
  }
  EXPECT_TRUE(spread);
}

TEST_P(Attempt, IsNotBegunWithoutRandomness) {
  leaf.random_fails = true;
  EXPECT_EQ(leaf.start(), LEAFGATE_NO_RANDOM);
  leaf.random_fails = false;
  ASSERT_EQ(leaf.init(), LEAFGATE_OK);
  leaf.random_fails = true;
  ASSERT_EQ(leafgate_leaf_register(&leaf.leaf), LEAFGATE_OK);
  EXPECT_EQ(leaf.last().what, LEAFGATE_FAILED);
  leaf.random_fails = false;
  leaf.pass(8000);
  EXPECT_NE(talk.take(), "");
}

TEST_P(Attempt, OneThatIsStoppedSaysNothingMore) {
  registered();
  leafgate_leaf_stop(&leaf.leaf);
  talk.give("challenge");
  leaf.pass(1000000);
  EXPECT_EQ(talk.take(), "");
  EXPECT_TRUE(leaf.told.empty());
}

TEST_P(Attempt, AnEs256SignatureHas64Octets) {
  if (leaf.config.attestation != LEAFGATE_X509) return;
  leaf.signature_size = 63;
  registered();
  talk.give("challenge");
  EXPECT_EQ(leaf.last().what, LEAFGATE_FAILED);
  EXPECT_EQ(talk.take(), "");
}

TEST_P(Attempt, AFailingKeyIsToldAndTriedAgain) {
  if (leaf.config.attestation == LEAFGATE_SYMMETRIC_KEY) return;
  leaf.sign_fails = true;
  registered();
  talk.give("challenge");
  EXPECT_EQ(leaf.last().what, LEAFGATE_FAILED);
  EXPECT_EQ(talk.take(), "");
  leaf.pass(8000);
  EXPECT_NE(talk.take(), "");
}

}  // namespace
}  // namespace leafgate::leaf_link::attempt_test
