#include <random>

#include "tests/unit/leaf_link/talk.hpp"

namespace leafgate::leaf_link::frames_test {
namespace {

const Octets uid = unhex("0011223344556677");

class Frames : public ::testing::Test {
 protected:
  Frames() : leaf(serial_conversation("symmetricKey")), line(leaf) { leaf.init(); }
  // A leaf without an address of its own.
  void without_address() {
    leaf.config.address = 0;
    leaf.drawn = 0;
    leaf.init();
  }
  std::optional<Frame> discover_bits(std::uint8_t bits, const Octets& prefix) {
    return line.ask(discover, static_cast<char>(bits) + prefix, 0, 255);
  }

  Firmware leaf;
  Line line;
};

TEST_F(Frames, AreThoseOfTheVectors) {
  for (const auto& row : vectors()["frames"]) {
    const Octets wire = unhex(row["wire"].get<std::string>());
    const auto frame = read_frame(wire);
    ASSERT_TRUE(frame) << row["name"];
    EXPECT_EQ(hex(wire_of(*frame)), hex(wire)) << row["name"];
    if (row["from"] == "gateway" && row["type"] == poll) {
      const auto answer = line.answer_to(wire);
      ASSERT_TRUE(answer);
      EXPECT_EQ(hex(leaf.sent.back()), hex(wire_of({ack, 5, 0, 0, {}, true})));
    }
  }
}

TEST_F(Frames, AHelloIsOctetForOctetThatOfTheCddl) {
  without_address();
  ASSERT_TRUE(line.answer_to(wire_of({discover, 255, 9, 0, Octets(1, '\0'), false})));
  EXPECT_EQ(hex(leaf.sent.back()),
            hex(wire_of({hello, 254, 9, 0, uid + static_cast<char>(LEAFGATE_MTU) + "\1\1\1\1", true})));
}

TEST_F(Frames, WithAFaultAreDroppedWithoutAWord) {
  for (const auto& row : vectors()["refused_frames"]) {
    const Octets zero(1, '\0');
    line.hear(zero + unhex(row["coded"].get<std::string>()) + zero);
    EXPECT_TRUE(leaf.sent.empty()) << row["name"];
    const auto next = line.ask(poll);
    ASSERT_TRUE(next) << "after " << row["name"];
    leaf.sent.clear();
  }
}

TEST_F(Frames, OfOthersAndOwnEchoAreNotAnswered) {
  EXPECT_FALSE(line.ask(poll, {}, 0, 6));
  EXPECT_FALSE(line.ask(poll, {}, 0, 254));
  EXPECT_FALSE(line.ask(poll, {}, 0, 255));
  ASSERT_TRUE(line.ask(poll));
  const Octets echo = leaf.sent.back();
  EXPECT_FALSE(line.answer_to(echo));
}

TEST_F(Frames, NoGoodOneIsLostAfterGarbage) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    Octets burst(random() % 300, '\0');
    for (char& octet : burst) octet = static_cast<char>(random());
    line.hear(burst);
    leaf.sent.clear();
    ASSERT_TRUE(line.ask(poll)) << hex(burst);
  }
}

TEST_F(Frames, ComeInPiecesOrTogether) {
  const Octets frame = wire_of({poll, 5, 1, 0, {}, false});
  for (const char octet : frame) {
    EXPECT_TRUE(leaf.sent.empty());
    line.hear(Octets(1, octet));
  }
  EXPECT_EQ(leaf.sent.size(), 1U);
  line.hear(wire_of({poll, 5, 2, 0, {}, false}) + wire_of({poll, 5, 3, 0, {}, false}));
  EXPECT_EQ(leaf.sent.size(), 3U);
}

TEST_F(Frames, AnyFlippedBitIsNoticed) {
  const Octets frame = wire_of({poll, 5, 1, 0, {}, false});
  for (std::size_t bit = 8; bit < (frame.size() - 1) * 8; ++bit) {
    Octets flipped = frame;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    line.hear(flipped);
    EXPECT_TRUE(leaf.sent.empty()) << bit;
  }
}

TEST_F(Frames, DiscoverIsAnsweredByAMatchingPrefix) {
  without_address();
  const std::pair<int, Octets> matching[] = {
      {0, {}}, {8, unhex("00")}, {12, unhex("0010")}, {12, unhex("001f")}, {64, uid}};
  for (const auto& [bits, prefix] : matching)
    EXPECT_TRUE(discover_bits(static_cast<std::uint8_t>(bits), prefix)) << bits;
  const std::pair<int, Octets> other[] = {
      {1, unhex("80")},   {12, unhex("0020")}, {64, unhex("0011223344556676")},
      {8, unhex("0000")}, {12, unhex("00")},   {65, uid + Octets(1, '\0')}};
  for (const auto& [bits, prefix] : other)
    EXPECT_FALSE(discover_bits(static_cast<std::uint8_t>(bits), prefix)) << bits;
}

TEST_F(Frames, AnAddressIsTakenWithOnesOwnUidAlone) {
  without_address();
  EXPECT_FALSE(line.ask(assign, unhex("0011223344556678") + "\x07", 0, 255));
  EXPECT_FALSE(line.ask(assign, uid + Octets(1, '\0'), 0, 255));
  EXPECT_FALSE(line.ask(assign, uid + "\xf0", 0, 255));
  const auto taken = line.ask(assign, uid + "\x07", 0, 255);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->address, 7);
  EXPECT_EQ(taken->type, ack);
  EXPECT_TRUE(line.ask(poll, {}, 0, 7));
  EXPECT_FALSE(line.ask(poll, {}, 0, 5));
}

TEST_F(Frames, AMutedLeafIsNotDiscovered) {
  EXPECT_EQ(line.ask(mute)->type, ack);
  EXPECT_FALSE(discover_bits(0, {}));
  EXPECT_TRUE(line.ask(poll));
  EXPECT_FALSE(line.ask(reset, {}, 0, 255));
  EXPECT_TRUE(discover_bits(0, {}));
}

TEST_F(Frames, AMinuteWithoutAWordMakesALeafFindable) {
  without_address();
  ASSERT_TRUE(line.ask(assign, uid + "\x07", 0, 255));
  ASSERT_TRUE(line.ask(mute, {}, 0, 7));
  leaf.pass(59000);
  EXPECT_FALSE(discover_bits(0, {}));
  ASSERT_TRUE(line.ask(poll, {}, 0, 7));
  leaf.pass(59999);
  ASSERT_TRUE(line.ask(poll, {}, 0, 7));
  leaf.now += 60000;  // without a tick in between
  const auto found = discover_bits(0, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->address, 254);
  EXPECT_FALSE(line.ask(poll, {}, 0, 7));
}

TEST_F(Frames, ATypeThatIsNotKnownIsSaidSo) {
  const auto answer = line.ask(30);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->type, nak);
  EXPECT_EQ(answer->payload, "\4");
}

}  // namespace
}  // namespace leafgate::leaf_link::frames_test
