#include "tests/unit/leaf_link/talk.hpp"

namespace leafgate::leaf_link::forms_test {
namespace {

TEST(LeafForms, AChallengeInAnyOtherFormIsDroppedEvenWithARightMac) {
  const std::string conversation = serial_conversation("symmetricKey");
  if (conversation != "symmetricKey-240") return;  // the MACs of the table are for this leaf
  Talk talk(conversation);
  ASSERT_EQ(talk.leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  for (const auto& row : vectors()["refused_challenges"]) {
    talk.give_octets(unhex(row["octets"].get<std::string>()));
    EXPECT_EQ(talk.take(), "") << row["name"];
    EXPECT_TRUE(talk.leaf.told.empty()) << row["name"];
  }
  talk.give("challenge");
  EXPECT_TRUE(talk.says("proof"));
}

TEST(LeafForms, AKnownGatewayMaySignWhereItDoesNotHoldTheKey) {
  Talk talk(serial_conversation("symmetricKey"));
  const Octets pin = vector_of("pin");
  talk.leaf.config.pin = span_of(pin).at;
  ASSERT_EQ(talk.leaf.start(), LEAFGATE_OK);
  ASSERT_TRUE(talk.says("register"));
  talk.give("challenge_pinned");
  EXPECT_NE(talk.take(), "");
}

TEST(LeafForms, AResultWithAnIssuedChainNeedsTheRoom) {
  Talk talk(serial_conversation("x509"));
  talk.leaf.message.resize(1280);
  talk.prove();
  talk.give("result_issued");
  EXPECT_EQ(talk.leaf.last().what, LEAFGATE_ASSIGNED);
  ASSERT_EQ(talk.leaf.last().issued.size(), 2U);
  EXPECT_EQ(talk.leaf.last().issued[1], unhex(vectors()["chain"][1].get<std::string>()));
}

TEST(LeafForms, WhatIsToBePublishedMustFit) {
  Firmware large("tpm-broker", 512);
  EXPECT_EQ(large.start(), LEAFGATE_TOO_SMALL);
  Firmware tiny("x509-broker", 100);
  EXPECT_EQ(tiny.start(), LEAFGATE_TOO_SMALL);
  Firmware narrow("x509-broker", 140);  // holds register, but not the proof beside its signature
  ASSERT_EQ(narrow.start(), LEAFGATE_OK);
  const Octets challenge = narrow.vector("challenge");
  leafgate_leaf_message(&narrow.leaf, span_of(challenge).at, challenge.size());
  EXPECT_EQ(narrow.last().what, LEAFGATE_FAILED);
}

TEST(LeafForms, ABrokerThatTakesNothingIsNoAnswer) {
  Firmware leaf("symmetricKey-broker");
  leaf.tx_fails = true;
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  EXPECT_EQ(leaf.last().what, LEAFGATE_NO_ANSWER);
  leaf.tx_fails = false;
  leaf.pass(8000);
  EXPECT_EQ(leaf.sent.size(), 1U);
}

TEST(LeafForms, ASilentLineIsIdle) {
  Firmware leaf(serial_conversation("symmetricKey"));
  ASSERT_EQ(leaf.start(), LEAFGATE_OK);
  EXPECT_EQ(leafgate_leaf_idle(&leaf.leaf), 1000U);
  Line line(leaf);
  line.take();
  line.ask(poll);
  leaf.pass(59400);
  EXPECT_EQ(leafgate_leaf_idle(&leaf.leaf), 600U);
  leaf.now += 1000;
  EXPECT_EQ(leafgate_leaf_idle(&leaf.leaf), 0U);
}

using Change = void (*)(LeafgateConfig&);
TEST(LeafForms, AConfigurationThatCannotWorkIsRefused) {
  static const Octets long_text(129, 'a'), broken("\xc3\x28"), long_payload(2049, ' ');
  const std::pair<const char*, Change> rows[] = {
      {"no id", [](LeafgateConfig& c) { c.registration_id.size = 0; }},
      {"long id", [](LeafgateConfig& c) { c.registration_id = span_of(long_text); }},
      {"id in no UTF-8", [](LeafgateConfig& c) { c.registration_id = span_of(broken); }},
      {"long payload", [](LeafgateConfig& c) { c.payload = span_of(long_payload); }},
      {"carrier", [](LeafgateConfig& c) { c.carrier = 2; }},
      {"attestation", [](LeafgateConfig& c) { c.attestation = 4; }},
      {"address", [](LeafgateConfig& c) { c.address = 240; }},
      {"no key to sign with", [](LeafgateConfig& c) { c.hooks.sign = nullptr; }},
      {"nothing to verify with", [](LeafgateConfig& c) { c.hooks.verify = nullptr; }},
      {"no clock", [](LeafgateConfig& c) { c.hooks.now_ms = nullptr; }},
      {"no scheme", [](LeafgateConfig& c) { c.schemes[0] = 0; }},
      {"no certificate", [](LeafgateConfig& c) { c.chain[0].size = 0; }},
      {"chain and thumbprint", [](LeafgateConfig& c) { c.thumbprint = c.pin; }},
  };
  for (const auto& [name, change] : rows) {
    Firmware leaf(serial_conversation("x509"));
    change(leaf.config);
    EXPECT_EQ(leaf.init(), LEAFGATE_USAGE) << name;
  }
  Firmware tpm(serial_conversation("tpm"));
  tpm.config.storage_key.size = 0;
  EXPECT_EQ(tpm.init(), LEAFGATE_USAGE);
}

TEST(LeafForms, ALeafTakesTheMemoryThatWasPromised) {
  constexpr std::size_t wider = 2 * (sizeof(void*) - 4);  // two pointers
  EXPECT_LE(sizeof(LeafgateLeaf), 320U + LEAFGATE_MTU + wider);
}

}  // namespace
}  // namespace leafgate::leaf_link::forms_test
