#include "tests/unit/leaf_link/talk.hpp"

namespace leafgate::leaf_link::fragments_test {
namespace {

// Serial alone: how messages are cut, repeated and refused.
class Fragments : public ::testing::Test {
 protected:
  Fragments() : talk(serial_conversation("x509")), leaf(talk.leaf), line(talk.line) {}
  void TearDown() override {
    for (const Octets& frame : leaf.sent) EXPECT_LE(frame.size(), LEAFGATE_MTU + 11U);
  }

  Talk talk;
  Firmware& leaf;
  Line& line;
};

TEST_F(Fragments, AnAnswerThatWasLostIsGivenAgainAndNothingGoesOn) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  Octets message;
  for (bool more = true; more;) {
    const auto first = line.ask(poll);
    ASSERT_TRUE(first);
    for (int again = 0; again < 3; ++again) {
      const auto repeated = line.ask_again();
      ASSERT_TRUE(repeated);
      EXPECT_EQ(repeated->payload, first->payload);
      EXPECT_EQ(repeated->order, first->order);
      EXPECT_EQ(repeated->number, first->number);
    }
    message += first->payload;
    more = (first->order & 0x80U) != 0;
  }
  EXPECT_EQ(message, leaf.vector("register"));
}

TEST_F(Fragments, AQuestionThatIsRepeatedIsNotExecutedAgain) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  EXPECT_EQ(line.give(leaf.vector("challenge")).type, ack);
  for (int again = 0; again < 5; ++again) {
    leafgate_leaf_tick(&leaf.leaf);
    ASSERT_TRUE(line.ask_again());
  }
  EXPECT_EQ(leaf.signed_hashes.size(), 1U);
  EXPECT_TRUE(talk.says("proof"));
}

TEST_F(Fragments, OutOfOrderAreRefusedUntilTheMessageBeginsAgain) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  const Octets challenge = leaf.vector("challenge");
  EXPECT_EQ(line.ask(data, challenge.substr(0, 60), 0x80)->type, ack);
  const auto skipped = line.ask(data, challenge.substr(120, 60), 0x82);
  EXPECT_EQ(skipped->type, nak);
  EXPECT_EQ(skipped->payload, "\3");
  EXPECT_EQ(line.ask(data, challenge.substr(60, 60), 0x81)->type, ack);
  EXPECT_EQ(line.give(challenge, 50).type, ack);
  EXPECT_EQ(line.ask(data, challenge.substr(0, 60), 0x01)->payload, "\3");
  EXPECT_TRUE(talk.says("proof"));
}

TEST_F(Fragments, ALargerMessageThanTheBufferIsRefusedAndTheNextIsTaken) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  const Frame refused = line.give(leaf.vector("result_issued"));
  EXPECT_EQ(refused.type, nak);
  EXPECT_EQ(refused.payload, "\2");
  talk.give("challenge");
  EXPECT_TRUE(talk.says("proof"));
}

TEST_F(Fragments, AMessageThatWouldReachTheUnsaidProofIsTooLarge) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  talk.give("challenge");
  const Octets large = leaf.vector("sign_tls13");
  ASSERT_GT(large.size() + 64, leaf.message.size());
  EXPECT_EQ(line.give(large).payload, "\2");
  EXPECT_TRUE(talk.says("proof"));
  EXPECT_EQ(line.give(large).type, ack);
}

TEST_F(Fragments, OfMoreThanAMessageHoldsAreTooLargeForAnyBuffer) {
  leaf.message.resize(9000);
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  EXPECT_EQ(line.give(Octets(4096, 'a')).type, ack);
  EXPECT_EQ(line.give(Octets(4097, 'a')).payload, "\2");
}

TEST_F(Fragments, AStatusOfNothingThatWasSaidMeansNothing) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  talk.give("unassigned");
  leaf.pass(3600000);
  EXPECT_TRUE(talk.says("register"));
}

TEST_F(Fragments, ATranscriptThatIsCutOffIsDropped) {
  talk.prove();
  EXPECT_EQ(line.give(leaf.vector("sign_transcript").substr(0, 1000)).type, ack);
  leafgate_leaf_tick(&leaf.leaf);
  EXPECT_EQ(talk.take(), "");
  talk.give("sign_transcript");
  EXPECT_TRUE(talk.says("signature_hash"));
}

TEST_F(Fragments, ResetBeginsTheOwnMessageAgain) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  line.ask(poll);
  line.ask(poll);
  EXPECT_EQ(line.ask(reset)->type, ack);
  EXPECT_TRUE(talk.says("register"));
}

TEST_F(Fragments, AnotherGatewayThatAssignsTheAddressHearsItFromTheBegin) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  line.ask(poll);
  line.ask(poll);
  const std::uint8_t number = line.number;
  ASSERT_TRUE(line.ask(assign, unhex("0011223344556677") + "\x05", 0, 255));
  line.number = static_cast<std::uint8_t>(number - 1);  // the number it had last
  EXPECT_TRUE(talk.says("register"));
}

TEST_F(Fragments, ASlowSignerAsksForTimeBeforeItSigns) {
  leaf.config.busy_ms = 800;
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  EXPECT_EQ(line.give(leaf.vector("challenge")).type, ack);
  leafgate_leaf_tick(&leaf.leaf);
  EXPECT_TRUE(leaf.signed_hashes.empty());
  const auto busy = line.ask(poll);
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->type, nak);
  EXPECT_EQ(hex(busy->payload), "012003");
  EXPECT_EQ(leaf.signed_hashes.size(), 1U);
  EXPECT_EQ(hex(line.ask_again()->payload), "012003");
  EXPECT_TRUE(talk.says("proof"));
}

TEST_F(Fragments, ALeafThatIsSilentUntilAskedNeverSpeaks) {
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  for (int second = 0; second < 3600; ++second) leaf.pass(1000);
  EXPECT_TRUE(leaf.sent.empty());
  EXPECT_TRUE(leaf.told.empty());
  EXPECT_TRUE(talk.says("register"));
}

TEST_F(Fragments, AMessageOfManyFragmentsIsTakenAtAnyCut) {
  for (const std::size_t cut : {1U, 7U, 33U, 64U}) {
    Talk other(serial_conversation("symmetricKey"));
    ASSERT_EQ(other.leaf.start(), LEAFGATE_OK);
    ASSERT_TRUE(other.says("register"));
    EXPECT_EQ(other.line.give(other.leaf.vector("challenge"), cut).type, ack);
    EXPECT_TRUE(other.says("proof")) << cut;
  }
}

}  // namespace
}  // namespace leafgate::leaf_link::fragments_test
