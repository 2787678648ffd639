#include <random>

#include <gtest/gtest.h>

#include "adapters/serial/fragments.hpp"
#include "adapters/serial/frame_body.hpp"
#include "adapters/serial/frame_reader.hpp"
#include "tests/unit/serial/hex.hpp"

namespace leafgate::serial::reader_test {
namespace {

Frame ack(std::uint8_t number) {
  Frame frame = make_question(FrameType::ack, 5, number);
  frame.direction = Direction::to_gateway;
  return frame;
}

void append(Bytes& to, ByteView octets) { to.insert(to.end(), octets.begin(), octets.end()); }

struct Tally {
  std::vector<unsigned> numbers;
  std::size_t faults = 0;
};

Tally read(FrameReader& reader, ByteView octets) {
  Tally tally;
  while (!octets.empty()) {
    const auto heard = reader.next(octets);
    if (heard.kind == FrameReader::Kind::frame) tally.numbers.push_back(heard.frame.number);
    if (heard.kind == FrameReader::Kind::fault) ++tally.faults;
  }
  return tally;
}

TEST(FrameReader, finds_frames_however_they_are_cut) {
  Bytes wire;
  for (unsigned number = 0; number < 3; ++number)
    append(wire, encode(ack(static_cast<std::uint8_t>(number))));
  for (std::size_t first = 0; first <= wire.size(); ++first) {
    for (std::size_t second = first; second <= wire.size(); ++second) {
      FrameReader reader(Direction::to_gateway);
      const ByteView all(wire);
      std::vector<unsigned> numbers;
      for (const ByteView part :
           {all.first(first), all.subspan(first, second - first), all.subspan(second)}) {
        const Tally tally = read(reader, part);
        numbers.insert(numbers.end(), tally.numbers.begin(), tally.numbers.end());
        ASSERT_EQ(tally.faults, 0U);
      }
      ASSERT_EQ(numbers, (std::vector<unsigned>{0, 1, 2}));
    }
  }
}

TEST(FrameReader, loses_no_frame_behind_a_burst_of_garbage) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20'000; ++round) {
    Bytes wire(1 + random() % 300);
    for (auto& octet : wire) octet = static_cast<std::uint8_t>(random());
    append(wire, encode(ack(1)));
    append(wire, encode(ack(2)));
    FrameReader reader(Direction::to_gateway);
    ASSERT_EQ(read(reader, wire).numbers, (std::vector<unsigned>{1, 2}));
  }
}

TEST(FrameReader, refuses_a_block_without_end_and_goes_on) {
  FrameReader reader(Direction::to_gateway);
  for (int i = 0; i < 1000; ++i) {
    const Tally tally = read(reader, Bytes(300, 0x55));
    ASSERT_TRUE(tally.numbers.empty() && tally.faults == 0);
  }
  EXPECT_TRUE(reader.is_within_block());
  const Tally tally = read(reader, encode(ack(9)));
  EXPECT_EQ(tally.faults, 1U);
  EXPECT_EQ(tally.numbers, (std::vector<unsigned>{9}));
}

TEST(FrameReader, takes_delimiters_alone_for_nothing) {
  FrameReader reader(Direction::to_gateway);
  const Tally tally = read(reader, Bytes(100, 0));
  EXPECT_TRUE(tally.numbers.empty() && tally.faults == 0);
  EXPECT_FALSE(reader.is_within_block());
}

TEST(FrameReader, tells_its_own_echo_from_other_faults) {
  FrameReader reader(Direction::to_gateway);
  const Bytes wire = encode(make_question(FrameType::poll, 5, 1));
  ByteView octets(wire);
  const auto heard = reader.next(octets);
  EXPECT_EQ(heard.kind, FrameReader::Kind::fault);
  EXPECT_EQ(heard.fault, Fault::direction);
  EXPECT_EQ(heard.octets + 1, wire.size());
}

Frame fragment(std::uint8_t index, bool more, std::size_t size) {
  Frame frame = ack(0);
  frame.type = FrameType::data;
  frame.fragment = index;
  frame.more = more;
  frame.payload = Bytes(size, index);
  return frame;
}

TEST(Assembly, puts_a_message_together) {
  Assembly assembly;
  EXPECT_EQ(assembly.add(fragment(0, true, 64)), Assembly::Step::more);
  EXPECT_TRUE(assembly.is_begun());
  EXPECT_EQ(assembly.add(fragment(1, false, 3)), Assembly::Step::whole);
  Bytes whole(64, 0);
  append(whole, Bytes(3, 1));
  EXPECT_EQ(assembly.take(), whole);
  EXPECT_FALSE(assembly.is_begun());
}

TEST(Assembly, drops_what_is_out_of_order_and_begins_anew_at_index_0) {
  Assembly assembly;
  EXPECT_EQ(assembly.add(fragment(1, false, 3)), Assembly::Step::out_of_order);
  EXPECT_EQ(assembly.add(fragment(0, true, 3)), Assembly::Step::more);
  EXPECT_EQ(assembly.add(fragment(2, false, 3)), Assembly::Step::out_of_order);
  EXPECT_FALSE(assembly.is_begun());
  EXPECT_EQ(assembly.add(fragment(0, true, 3)), Assembly::Step::more);
  EXPECT_EQ(assembly.add(fragment(0, false, 2)), Assembly::Step::whole);
  EXPECT_EQ(assembly.take().size(), 2U);
}

TEST(Assembly, has_a_ceiling_of_4096_octets) {
  Assembly assembly;
  for (std::uint8_t i = 0; i < 63; ++i) ASSERT_EQ(assembly.add(fragment(i, true, 64)), Assembly::Step::more);
  EXPECT_EQ(assembly.add(fragment(63, false, 64)), Assembly::Step::whole);
  EXPECT_EQ(assembly.take().size(), most_from_leaf);
  for (std::uint8_t i = 0; i < 17; ++i) ASSERT_EQ(assembly.add(fragment(i, true, 240)), Assembly::Step::more);
  EXPECT_EQ(assembly.add(fragment(17, false, 17)), Assembly::Step::too_large);
  EXPECT_FALSE(assembly.is_begun());
}

TEST(Cut, brings_the_largest_message_through_the_smallest_frames) {
  Bytes message(most_to_leaf);
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(i / 7);
  for (const std::size_t mtu : {64U, 128U, 240U}) {
    Cut cut(message);
    Bytes heard;
    unsigned index = 0;
    bool more = true;
    while (more) {
      Frame data = fragment(0, false, 0);
      cut.put_into(data, index % 5 == 4 ? 64 : mtu);  // it may fall in the middle
      ASSERT_EQ(data.fragment, index++);
      ASSERT_LE(data.payload.size(), mtu);
      append(heard, data.payload);
      more = cut.advance();
      ASSERT_EQ(more, data.more);
    }
    EXPECT_EQ(heard, message);
    EXPECT_LE(index, 128U);
  }
}

}  // namespace
}  // namespace leafgate::serial::reader_test
