// The one signature of a leaf for the service's handshake.
#include <gtest/gtest.h>

#include "tests/unit/link/endpoint_site.hpp"

namespace leafgate::link::signing_test {
namespace {

using std::chrono::seconds;

class SigningTest : public EndpointSite {
 protected:
  SigningTest() { registrar.wants_signature = true; }

  // What the leaf is asked after its proof.
  GatewayWords asked(LeafAttempt& attempt) {
    const GatewayWords words = prove(attempt);
    EXPECT_EQ(words.type, sign_type);
    EXPECT_TRUE(attempt.believes(carrier->sent.back()));
    return words;
  }
  Errc failure() { return registrar.signatures.at(0).error().code; }
  // What somebody hears who asks the leaf of the last attempt once more.
  Errc asked_again() {
    Errc heard = Errc::internal;
    const auto ask = [](FakeLinkRegistrar& of, std::shared_ptr<LeafSigner> signer, Errc& into) -> Task<void> {
      auto signature = co_await of.ask(signer);
      into = signature.error().code;
    };
    simulator.spawn(ask(registrar, registrar.attempts.back().signer, heard));
    simulator.run_for(Millis(1));
    return heard;
  }

  Firmware firmware_ = by_certificate();
};

TEST_F(SigningTest, TheLeafSeesWhatItSigns) {
  LeafAttempt attempt(firmware_, 1);
  const GatewayWords words = asked(attempt);
  EXPECT_EQ(words.number(1), -7);
  EXPECT_EQ(words.number(2), 1);
  EXPECT_EQ(words.text(3), std::string(130, ' '));
  EXPECT_EQ(words.text(4), "TLS client");
  hear(attempt.signature(Bytes(64, 0x51)));
  EXPECT_EQ(one().type, result_type);
  EXPECT_EQ(registrar.signatures.at(0).value(), Bytes(64, 0x51));
  EXPECT_EQ(endpoint->tally().signatures_asked, 1U);
  EXPECT_EQ(endpoint->tally().signatures_given, 1U);
}

TEST_F(SigningTest, OfTls12ItSeesTheHashOrAllOfIt) {
  registrar.tls13 = false;
  registrar.handshake = 7'680;
  LeafAttempt by_hash(firmware_, 1);
  EXPECT_EQ(asked(by_hash).text(3), std::string(32, 0x11));
  firmware_.transcript = true;
  LeafAttempt whole(firmware_, 2);
  const GatewayWords words = asked(whole);
  EXPECT_EQ(words.number(2), 3);
  EXPECT_EQ(words.text(3).size(), 7'680U);
  EXPECT_LE(carrier->sent.back().size(), 8'192U);
  registrar.handshake = 7'681;
  LeafAttempt longer(firmware_, 3);
  EXPECT_EQ(prove(longer).type, error_type) << "longer than a leaf takes";
}

TEST_F(SigningTest, ItSignsOnceInAnAttempt) {
  registrar.says.assign(1, FakeLinkRegistrar::assigning());
  LeafAttempt attempt(firmware_, 1);
  (void)asked(attempt);
  EXPECT_EQ(asked_again(), Errc::refused) << "while it is asked";
  hear(attempt.signature(Bytes(64, 0x51)));
  EXPECT_EQ(one().type, status_type);
  EXPECT_EQ(asked_again(), Errc::refused);
  hear(attempt.signature(Bytes(64, 0x52)));
  EXPECT_EQ(one().type, status_type) << "heard twice: perhaps the leaf did not hear what came of it";
  EXPECT_EQ(registrar.signatures.size(), 1U);
  hear(attempt.poll(FakeLinkRegistrar::operation));
  EXPECT_EQ(one().type, result_type);
  EXPECT_EQ(asked_again(), Errc::unreachable) << "its attempt is over";
}

TEST_F(SigningTest, TheFirstSignatureCounts) {
  LeafAttempt attempt(firmware_, 1);
  (void)asked(attempt);
  endpoint->hear(carrier, attempt.signature(Bytes(64, 0x51)));
  endpoint->hear(carrier, attempt.signature(Bytes(64, 0x52)));
  simulator.run_for(Millis(1));
  EXPECT_EQ(registrar.signatures.at(0).value(), Bytes(64, 0x51));
}

TEST_F(SigningTest, OneBeforeTheQuestionIsNone) {
  LeafAttempt attempt(firmware_, 1);
  hear(attempt.hello());
  (void)one();
  const Bytes challenge = carrier->sent.back();
  hear(attempt.signature(Bytes(64, 0x51)));
  EXPECT_TRUE(silence());
  hear(attempt.proof(challenge));
  EXPECT_EQ(one().type, sign_type);
  EXPECT_TRUE(registrar.signatures.empty());
}

TEST_F(SigningTest, TheLeafMaySayNo) {
  LeafAttempt attempt(firmware_, 1);
  (void)asked(attempt);
  hear(attempt.signature({}));
  EXPECT_EQ(failure(), Errc::refused);
  EXPECT_EQ(one().number(3), 7) << "and hears what comes of it";
}

TEST_F(SigningTest, OneThatComesLateIsNone) {
  LeafAttempt attempt(firmware_, 1);
  (void)asked(attempt);
  simulator.run_for(seconds(11));
  EXPECT_EQ(failure(), Errc::timed_out);
  EXPECT_EQ(one().type, error_type);
  hear(attempt.signature(Bytes(64, 0x51)));
  EXPECT_EQ(one().type, status_type);
}

TEST_F(SigningTest, AQuestionThatWasNotHeardIsAskedAgain) {
  LeafAttempt attempt(firmware_, 1);
  hear(attempt.hello());
  (void)one();
  const Bytes proof = attempt.proof(carrier->sent.back());
  hear(proof);
  EXPECT_EQ(one().type, sign_type);
  const Bytes question = carrier->sent.back();
  hear(proof);
  EXPECT_EQ(one().type, sign_type);
  EXPECT_EQ(carrier->sent.back(), question);
  hear(attempt.signature(Bytes(64, 0x51)));
  EXPECT_EQ(one().type, result_type);
  EXPECT_EQ(endpoint->tally().signatures_asked, 1U);
}

// As a leaf on a slow line does that dropped the question.
TEST_F(SigningTest, ALeafThatPollsInsteadIsAskedAgain) {
  registrar.wants_signature = false;
  registrar.says.assign(4, FakeLinkRegistrar::assigning());
  LeafAttempt attempt(firmware_, 1);
  EXPECT_EQ(prove(attempt).type, status_type);
  const auto ask = [](FakeLinkRegistrar& of, std::shared_ptr<LeafSigner> signer, Bytes& into) -> Task<void> {
    auto signature = co_await of.ask(signer);
    into = signature.value();
  };
  Bytes given;
  simulator.spawn(ask(registrar, registrar.attempts.back().signer, given));
  simulator.run_for(Millis(1));
  EXPECT_EQ(one().type, sign_type);
  const Bytes question = carrier->sent.back();
  simulator.run_for(seconds(1));
  hear(attempt.poll(FakeLinkRegistrar::operation));
  EXPECT_EQ(one().type, status_type) << "the two may have crossed";
  simulator.run_for(seconds(1));
  hear(attempt.poll(FakeLinkRegistrar::operation));
  ASSERT_EQ(carrier->sent.size(), told + 2);
  EXPECT_EQ(carrier->sent.at(told), question) << "before what sets its next poll";
  EXPECT_EQ(carrier->last().type, status_type);
  told += 2;
  hear(attempt.signature(Bytes(64, 0x51)));
  simulator.run_for(seconds(5));
  hear(attempt.poll(FakeLinkRegistrar::operation));
  EXPECT_EQ(one().type, status_type) << "it has signed";
  EXPECT_EQ(given, Bytes(64, 0x51));
}

TEST_F(SigningTest, ALostCarrierEndsTheWaiting) {
  LeafAttempt attempt(firmware_, 1);
  (void)asked(attempt);
  carrier->there = false;
  endpoint->lost(*carrier);
  simulator.run_for(Millis(1));
  EXPECT_EQ(failure(), Errc::unreachable);
}

TEST_F(SigningTest, OneThatIsGoneAlreadyIsNotAsked) {
  registrar.latency = seconds(1);
  LeafAttempt attempt(firmware_, 1);
  hear(attempt.hello());
  (void)one();
  hear(attempt.proof(carrier->sent.back()));
  carrier->there = false;
  simulator.run_for(seconds(2));
  EXPECT_EQ(failure(), Errc::unreachable);
}

TEST_F(SigningTest, StoppingEndsTheWaiting) {
  LeafAttempt attempt(firmware_, 1);
  (void)asked(attempt);
  close();
  EXPECT_EQ(failure(), Errc::stopped);
  EXPECT_EQ(asked_again(), Errc::unreachable) << "nobody is there to ask it any more";
}

// The registrar has answered with 202 and asks the leaf behind that.
TEST_F(SigningTest, TheEndpointWaitsForWhoAsksBehindTheAnswer) {
  registrar.wants_signature = false;
  registrar.says.assign(1, FakeLinkRegistrar::assigning());
  LeafAttempt attempt(firmware_, 1);
  EXPECT_EQ(prove(attempt).type, status_type);
  std::optional<Errc> heard;
  const auto ask = [](FakeLinkRegistrar& of, std::shared_ptr<LeafSigner> signer,
                      std::optional<Errc>& into) -> Task<void> {
    auto signature = co_await of.ask(signer);
    into = signature.error().code;
  };
  simulator.spawn(ask(registrar, registrar.attempts.back().signer, heard));
  simulator.run_for(Millis(1));
  EXPECT_EQ(one().type, sign_type);
  // Meanwhile nobody takes its place.
  for (std::uint32_t n = 2; n < 6; ++n) {
    LeafAttempt other(firmware_, n);
    hear(other.hello());
  }
  told = carrier->sent.size();
  EXPECT_EQ(endpoint->open(), 4U);
  close();
  ASSERT_TRUE(heard);
  EXPECT_EQ(*heard, Errc::stopped);
}

TEST_F(SigningTest, TheEndpointMayStopAtAnyMoment) {
  vouchers.latency = Millis(50);
  registrar.latency = Millis(70);
  for (Millis at{0}; at < Millis(700); at += Millis(10)) {
    carrier = std::make_shared<FakeCarrier>();
    FakeLeaf leaf(simulator.executor(), *endpoint, carrier, firmware_);
    leaf.would_sign = at.count() % 20 == 0;
    simulator.spawn(leaf.run());
    simulator.run_for(at);
    leaf.give_up();
    close();
    simulator.run_for(std::chrono::minutes(1));
    EXPECT_TRUE(leaf.gone);
    open();
  }
}

}  // namespace
}  // namespace leafgate::link::signing_test
