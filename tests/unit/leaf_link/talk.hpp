#pragma once

#include <ostream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/leaf_link/line.hpp"

namespace leafgate::leaf_link {

// A gateway that says the messages of a conversation to a leaf, on whichever carrier that leaf has.
class Talk {
 public:
  explicit Talk(const std::string& conversation) : leaf(conversation), line(leaf) {}

  void give(const std::string& name) { give_octets(leaf.vector(name)); }
  void give_octets(const Octets& message) {
    if (leaf.serial()) {
      EXPECT_EQ(line.give(message).type, ack);
    } else {
      leafgate_leaf_message(&leaf.leaf, reinterpret_cast<const std::uint8_t*>(message.data()),
                            message.size());
    }
    leafgate_leaf_tick(&leaf.leaf);
  }
  // The next message of the leaf; empty when it has nothing to say.
  Octets take() {
    if (leaf.serial()) {
      Octets message = line.take();
      if (message.empty()) return message;
      EXPECT_EQ(line.ask(poll)->type, ack);  // the gateway got it
      return message;
    }
    if (leaf.sent.size() == taken_) return {};
    return leaf.sent.at(taken_++);
  }
  ::testing::AssertionResult says(const std::string& name) {
    const Octets said = take();
    if (said == leaf.vector(name)) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "not " << name << ": " << hex(said);
  }
  // Up to the proof that has arrived.
  void prove() {
    ASSERT_EQ(leaf.start(), LEAFGATE_OK);
    ASSERT_TRUE(says("register"));
    give("challenge");
    ASSERT_TRUE(says("proof"));
  }

  Firmware leaf;
  Line line;

 private:
  std::size_t taken_ = 0;
};

// One case for each of these conversations, by carriers of this build.
#define LEAFGATE_CARRIER_TEXT_(x) #x
#define LEAFGATE_CARRIER_TEXT(x) LEAFGATE_CARRIER_TEXT_(x)
inline std::vector<std::string> conversations(std::initializer_list<const char*> attestations) {
  std::vector<std::string> all;
  for (const std::string attestation : attestations) {
    all.push_back(attestation + "-" LEAFGATE_CARRIER_TEXT(LEAFGATE_MTU));
    all.push_back(attestation + "-broker");
  }
  return all;
}
inline std::string serial_conversation(const std::string& attestation) {
  return attestation + "-" LEAFGATE_CARRIER_TEXT(LEAFGATE_MTU);
}
inline std::string case_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& letter : name)
    if (letter == '-') letter = '_';
  return name;
}

}  // namespace leafgate::leaf_link
