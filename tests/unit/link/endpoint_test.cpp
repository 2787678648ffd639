// The door of the leaf link, message by message.
#include "adapters/link/endpoint.hpp"

#include <gtest/gtest.h>

#include "tests/unit/link/endpoint_site.hpp"

namespace leafgate::link::endpoint_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class EndpointTest : public EndpointSite {
 protected:
  // A status that sends the leaf to a new attempt.
  static bool is_anew(const GatewayWords& words) {
    return words.type == status_type && words.text(1) == "unassigned" && words.text(2).empty() &&
           !words.proof;
  }
};

TEST_F(EndpointTest, ARepeatedRegisterHearsTheSameChallenge) {
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  (void)one();
  const Bytes first = carrier->sent.back();
  hear(attempt.hello());
  (void)one();
  EXPECT_EQ(carrier->sent.back(), first);
  EXPECT_EQ(endpoint->open(), 1U);
}

TEST_F(EndpointTest, AnotherRegisterUnderTheSameNumberChangesNothing) {
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  (void)one();
  const Bytes challenge = carrier->sent.back();
  Firmware other = by_key();
  other.payload = "7";
  LeafAttempt forged(other, 1);
  hear(forged.hello());
  EXPECT_TRUE(silence());
  hear(attempt.proof(challenge));
  EXPECT_EQ(one().type, result_type);
  EXPECT_EQ(registrar.attempts.at(0).request.payload, "");
}

TEST_F(EndpointTest, ARegisterHeardTwiceAtOnceIsLookedAtOnce) {
  vouchers.latency = seconds(1);
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  hear(attempt.hello());
  EXPECT_TRUE(silence());
  simulator.run_for(seconds(2));
  EXPECT_EQ(one().type, challenge_type);
}

TEST_F(EndpointTest, FourAttemptsOfALeafWaitAndAFifthDisplacesNone) {
  const Firmware firmware = by_key();
  std::vector<std::unique_ptr<LeafAttempt>> attempts;
  std::vector<Bytes> challenges;
  for (std::uint32_t n = 0; n < 4; ++n) {
    attempts.push_back(std::make_unique<LeafAttempt>(firmware, n));
    hear(attempts.back()->hello());
    EXPECT_EQ(one().type, challenge_type);
    challenges.push_back(carrier->sent.back());
  }
  LeafAttempt fifth(firmware, 4);
  hear(fifth.hello());
  const GatewayWords told_later = one();
  EXPECT_TRUE(is_anew(told_later));
  EXPECT_EQ(told_later.number(3), 10);
  for (std::uint32_t n = 0; n < 4; ++n) {
    hear(attempts[n]->proof(challenges[n]));
    EXPECT_EQ(one().type, result_type) << n;
  }
  EXPECT_EQ(endpoint->open(), 0U);
}

// Who begins attempts without end, in its name or in any, takes no room but its own.
TEST_F(EndpointTest, NobodyKeepsALeafOutFromElsewhere) {
  const auto stranger = std::make_shared<FakeCarrier>();
  for (std::uint32_t n = 0; n < 2'000; ++n) {
    Firmware firmware = by_key();
    if (n % 2 == 0) firmware.id = "leaf-" + std::to_string(n);
    vouchers.keys[firmware.id] = "the device key";
    LeafAttempt attempt(firmware, n);
    hear(stranger, attempt.hello());
    ASSERT_EQ(stranger->last().type, n < 4 ? challenge_type : status_type) << n;
  }
  EXPECT_EQ(endpoint->open(), 4U);
  registrar.says.assign(1, FakeLinkRegistrar::assigning());
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  EXPECT_EQ(prove(attempt).type, status_type);
  LeafAttempt another(firmware, 9'999);
  hear(stranger, another.hello());
  hear(attempt.poll(FakeLinkRegistrar::operation));
  EXPECT_EQ(one().type, result_type) << "what it polls for is still there";
}

TEST_F(EndpointTest, OneThatOnlyPollsMakesRoomForANewOne) {
  registrar.says.assign(4, FakeLinkRegistrar::assigning());
  const Firmware firmware = by_key();
  for (std::uint32_t n = 0; n < 4; ++n) {
    LeafAttempt attempt(firmware, n);
    EXPECT_EQ(prove(attempt).type, status_type);
  }
  LeafAttempt fifth(firmware, 4);
  EXPECT_EQ(prove(fifth).type, result_type);
  EXPECT_EQ(endpoint->open(), 3U);
}

TEST_F(EndpointTest, ThereIsRoomFor1024InAll) {
  for (std::uint32_t n = 0; n < 1'025; ++n) {
    Firmware firmware = by_key();
    firmware.id = "leaf-" + std::to_string(n);
    vouchers.keys[firmware.id] = "the device key";
    LeafAttempt attempt(firmware, n);
    const auto from = std::make_shared<FakeCarrier>();
    endpoint->hear(from, attempt.hello());
    simulator.run_for(Millis(0));
    ASSERT_EQ(from->sent.size(), 1U) << n;
    EXPECT_EQ(from->last().type, n < 1'024 ? challenge_type : status_type) << n;
  }
  EXPECT_EQ(endpoint->open(), 1'024U);
  simulator.run_for(seconds(70));
  EXPECT_EQ(endpoint->open(), 0U);
  EXPECT_EQ(vouchers.never_answered.size(), 1'024U);
}

TEST_F(EndpointTest, AProofAfterAMinuteIsTooLate) {
  const Firmware firmware = by_key();
  for (const auto& [after, type] :
       {std::pair(seconds(59), result_type), std::pair(seconds(61), status_type)}) {
    LeafAttempt attempt(firmware, static_cast<std::uint32_t>(after.count()));
    hear(attempt.hello());
    (void)one();
    const Bytes challenge = carrier->sent.back();
    simulator.run_for(after);
    hear(attempt.proof(challenge));
    EXPECT_EQ(one().type, type);
  }
  EXPECT_EQ(registrar.good, 1);
}

TEST_F(EndpointTest, AChallengeWithoutProofIsToldToTheVouchers) {
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  simulator.run_for(seconds(59));
  EXPECT_TRUE(vouchers.never_answered.empty());
  simulator.run_for(seconds(10));
  EXPECT_EQ(vouchers.never_answered, std::vector<std::string>{"pump-1 by line1/5"});
  EXPECT_EQ(endpoint->tally().unanswered, 1U);
  ASSERT_EQ(journal.events.size(), 1U);
  EXPECT_EQ(journal.events[0].reason, Reason::link_unanswered);
  EXPECT_EQ(endpoint->open(), 0U);
}

// Its key would be taken for the wrong one.
TEST_F(EndpointTest, AChallengeThatWasNotHeardIsNotHeldAgainstTheLeaf) {
  const Firmware firmware = by_key();
  LeafAttempt lost(firmware, 1);
  hear(lost.hello());
  (void)one();
  LeafAttempt anew(firmware, 2);
  EXPECT_EQ(prove(anew).type, result_type);
  const auto gone = std::make_shared<FakeCarrier>();
  LeafAttempt unplugged(firmware, 3);
  hear(gone, unplugged.hello());
  gone->there = false;
  simulator.run_for(minutes(2));
  EXPECT_EQ(endpoint->open(), 0U);
  EXPECT_TRUE(vouchers.never_answered.empty());
}

TEST_F(EndpointTest, AProofHeardTwiceIsJudgedOnce) {
  registrar.latency = seconds(2);
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  (void)one();
  const Bytes proof = attempt.proof(carrier->sent.back());
  hear(proof);
  hear(proof);
  simulator.run_for(seconds(5));
  EXPECT_EQ(one().type, result_type);
  EXPECT_EQ(registrar.attempts.size(), 1U);
  hear(proof);
  EXPECT_TRUE(is_anew(one())) << "its attempt is over";
}

TEST_F(EndpointTest, AFalseProofEndsTheAttempt) {
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  (void)one();
  const Bytes good = attempt.proof(carrier->sent.back());
  Bytes proof = good;
  proof.back() ^= 1;
  hear(proof);
  const GatewayWords error = one();
  EXPECT_EQ(error.type, error_type);
  EXPECT_EQ(error.number(1), 401'000);
  EXPECT_EQ(error.number(3), -1) << "trying again does not help";
  hear(good);
  EXPECT_TRUE(is_anew(one())) << "one try for each challenge";
  EXPECT_EQ(registrar.good, 0);
}

TEST_F(EndpointTest, AProofOfAnotherKindIsNotLookedAt) {
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  (void)one();
  const Bytes good = attempt.proof(carrier->sent.back());
  Firmware with_certificate = by_certificate();
  LeafAttempt other(with_certificate, 1);
  (void)other.hello();
  hear(other.proof(carrier->sent.back()));
  EXPECT_TRUE(silence());
  ASSERT_EQ(journal.events.size(), 1U);
  EXPECT_EQ(journal.events[0].reason, Reason::link_malformed);
  hear(good);
  EXPECT_EQ(one().type, result_type) << "and the true one may still come";
}

TEST_F(EndpointTest, APollIsForTheOperationOfItsOwnAttempt) {
  registrar.says.assign(3, FakeLinkRegistrar::assigning());
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  (void)one();
  const Bytes challenge = carrier->sent.back();
  hear(attempt.poll(FakeLinkRegistrar::operation));
  EXPECT_TRUE(is_anew(one())) << "before the proof";
  hear(attempt.proof(challenge));
  EXPECT_EQ(one().text(2), FakeLinkRegistrar::operation);
  hear(attempt.poll("5.other"));
  EXPECT_TRUE(is_anew(one()));
  const auto elsewhere = std::make_shared<FakeCarrier>();
  hear(elsewhere, attempt.poll(FakeLinkRegistrar::operation));
  EXPECT_TRUE(is_anew(elsewhere->last())) << "nobody speaks in another's attempt";
  EXPECT_EQ(registrar.attempts.size(), 1U);
  hear(attempt.poll(FakeLinkRegistrar::operation));
  EXPECT_EQ(one().text(1), "assigning");
  EXPECT_EQ(registrar.attempts.size(), 2U);
}

TEST_F(EndpointTest, OnePollIsAnsweredAtATime) {
  registrar.says.assign(1, FakeLinkRegistrar::assigning());
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  (void)prove(attempt);
  registrar.latency = seconds(1);
  for (int i = 0; i < 5; ++i) hear(attempt.poll(FakeLinkRegistrar::operation));
  simulator.run_for(seconds(3));
  EXPECT_EQ(one().type, result_type);
  EXPECT_EQ(registrar.attempts.size(), 2U);
}

TEST_F(EndpointTest, WhatBelongsToNoAttemptIsToldToBeginAnew) {
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 77);
  hear(attempt.poll("5.a"));
  const GatewayWords words = one();
  EXPECT_TRUE(is_anew(words));
  EXPECT_EQ(words.exchange, 77U);
  hear(attempt.signature(Bytes(64, 1)));
  EXPECT_TRUE(is_anew(one()));
}

TEST_F(EndpointTest, WhatIsMalformedIsNotedAndNotAnswered) {
  for (const Bytes& bad : {Bytes(), Bytes(5'000, 0), Bytes{0x83, 1}, Bytes(8'192, 0x9f)}) hear(bad);
  EXPECT_TRUE(silence());
  EXPECT_EQ(endpoint->tally().malformed, 4U);
  ASSERT_EQ(journal.events.size(), 4U);
  for (const DoorEvent& event : journal.events) {
    EXPECT_EQ(event.reason, Reason::link_malformed);
    EXPECT_EQ(event.source.address, "line1/5");
  }
  Firmware odd = by_key();
  odd.id = "no id!";
  LeafAttempt attempt(odd, 1);
  hear(attempt.hello());
  EXPECT_TRUE(silence());
  EXPECT_EQ(journal.events.back().reason, Reason::identity_malformed);
}

TEST_F(EndpointTest, ATopicIsForItsLeafAlone) {
  for (const char* topic : {"pump-2", "no id!"}) {
    carrier->topic = topic;
    const Firmware firmware = by_key();
    LeafAttempt attempt(firmware, 1);
    hear(attempt.hello());
    EXPECT_TRUE(silence());
    EXPECT_EQ(journal.events.back().reason, Reason::link_wrong_topic);
    EXPECT_EQ(journal.events.back().claimed_id, "pump-1");
  }
  carrier->topic = "Pump-1";
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  EXPECT_EQ(prove(attempt).type, result_type);
}

TEST_F(EndpointTest, ALeafWhoseKeyIsNotHeldHearsSo) {
  Firmware firmware = by_key();
  firmware.id = "stranger";
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  const GatewayWords error = one();
  EXPECT_EQ(error.type, error_type);
  EXPECT_EQ(error.number(1), 401'000);
  EXPECT_TRUE(attempt.believes(carrier->sent.back())) << "by the gateway's own key";
  EXPECT_EQ(journal.events.back().reason, Reason::key_not_held);
  EXPECT_EQ(endpoint->open(), 0U);
}

TEST_F(EndpointTest, WhileSecretsAreLockedTheLeafComesAgain) {
  vouchers.locked = true;
  const Firmware firmware = by_key();
  LeafAttempt attempt(firmware, 1);
  hear(attempt.hello());
  EXPECT_TRUE(is_anew(one()));
  EXPECT_EQ(endpoint->open(), 0U);
}

}  // namespace
}  // namespace leafgate::link::endpoint_test
