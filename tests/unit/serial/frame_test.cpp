#include "adapters/serial/frame.hpp"

#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "adapters/serial/cobs.hpp"
#include "adapters/serial/crc32c.hpp"
#include "adapters/serial/frame_body.hpp"
#include "tests/unit/serial/hex.hpp"

namespace leafgate::serial::frame_test {
namespace {

constexpr Direction up = Direction::to_gateway;
constexpr Direction down = Direction::to_leaf;

Frame make(Direction direction, FrameType type, std::uint8_t address, std::string_view payload = "") {
  Frame frame;
  frame.direction = direction;
  frame.type = type;
  frame.address = address;
  frame.payload = from_hex(payload);
  return frame;
}

// The block of a body to which its CRC is added, xor `spoilt`.
Bytes block_of(Bytes body, std::uint32_t spoilt = 0) {
  const std::uint32_t crc = crc32c(body) ^ spoilt;
  for (unsigned shift = 0; shift < 32; shift += 8) body.push_back(static_cast<std::uint8_t>(crc >> shift));
  Bytes block;
  cobs_encode(body, block);
  return block;
}

std::string outcome(ByteView block, Direction expected) {
  const auto decoded = decode(block, expected);
  if (const Fault* fault = std::get_if<Fault>(&decoded)) return std::string(to_text(*fault));
  return "frame";
}
std::string outcome_of_body(std::string_view body, Direction expected) {
  return outcome(block_of(from_hex(body)), expected);
}

TEST(Frame, has_the_vectors_of_the_protocol) {
  EXPECT_EQ(to_hex(encode(make(down, FrameType::poll, 5))), "000341050105fc881b0500");
  EXPECT_EQ(to_hex(encode(make_discover(Prefix(), 1))), "000444ff01010517d8241f00");
  EXPECT_EQ(to_hex(encode(make(up, FrameType::ack, 5))), "000363050105f6bf596d00");
  // 62 in the sheet is DATA of the leaf: version 1, direction 1, type 2.
  Frame data = make(up, FrameType::data, 5, "a201656465762d37024200ff");
  data.number = 1;
  EXPECT_EQ(to_hex(encode(data)), "00046205010ba201656465762d37024206ff4825839000");
  data.number = 2;
  data.more = true;
  data.payload = run_of(0, 0xef);
  const Bytes wire = encode(data);
  EXPECT_EQ(wire.size(), 251U);
  EXPECT_EQ(to_hex(ByteView(wire).first(10)), "000562050280f4010203");
  EXPECT_EQ(to_hex(ByteView(wire).last(8)), "edeeef8615733c00");
}

TEST(Frame, refuses_what_the_protocol_refuses) {
  const Bytes good = block_of(from_hex("63050100"));
  ASSERT_EQ(outcome(good, up), "frame");
  struct Row {
    std::string_view why;
    Bytes block;
    std::string_view fault;
  };
  const Row rows[] = {
      {"code past the end", from_hex("03112233"), "stuffing"},
      {"zero inside", from_hex("0363000105f6bf596d"), "stuffing"},
      {"nothing", {}, "stuffing"},
      {"too long", Bytes(261, 0x11), "length"},
      {"too short", block_of(from_hex("630501")), "length"},
      {"wrong CRC", block_of(from_hex("63050100"), 1), "crc"},
      {"version 2", block_of(from_hex("a3050100")), "version"},
      {"version 0", block_of(from_hex("23050100")), "version"},
      {"of the gateway", block_of(from_hex("41050000")), "direction"},
      {"address 0", block_of(from_hex("63000100")), "address"},
      {"address 240", block_of(from_hex("63f00100")), "address"},
      {"address 253", block_of(from_hex("63fd0100")), "address"},
      {"all", block_of(from_hex("63ff0100")), "address"},
      {"unassigned", block_of(from_hex("63fe0100")), "address"},
      {"unknown type", block_of(from_hex("69050100")), "type"},
      {"type 0", block_of(from_hex("60050100")), "type"},
      {"POLL of a leaf", block_of(from_hex("61050100")), "type"},
      {"ACK with payload", block_of(from_hex("6305010001")), "payload"},
      {"ACK with more", block_of(from_hex("63050180")), "payload"},
      {"ACK with index", block_of(from_hex("63050101")), "payload"},
  };
  for (const Row& row : rows) EXPECT_EQ(outcome(row.block, up), row.fault) << row.why;
}

TEST(Frame, says_who_may_be_named_by_what) {
  struct Row {
    Direction end;
    FrameType type;
    std::string_view payload;
    bool one, unassigned, all;
  };
  const Row rows[] = {
      {down, FrameType::poll, "", true, false, false},
      {down, FrameType::data, "a0", true, false, false},
      {down, FrameType::mute, "", true, false, false},
      {down, FrameType::reset, "", true, false, true},
      {down, FrameType::discover, "00", false, false, true},
      {down, FrameType::assign, "010203040506070805", false, false, true},
      {up, FrameType::data, "a0", true, false, false},
      {up, FrameType::ack, "", true, false, false},
      {up, FrameType::nak, "02", true, false, false},
      {up, FrameType::hello, "01020304050607084000000001", true, true, false},
  };
  for (const Row& row : rows) {
    for (unsigned address = 0; address < 256; ++address) {
      const bool may = (address >= 1 && address <= 239) ? row.one
                       : address == 254                 ? row.unassigned
                       : address == 255                 ? row.all
                                                        : false;
      Bytes wire = encode(make(row.end, row.type, static_cast<std::uint8_t>(address), row.payload));
      const ByteView block = ByteView(wire).subspan(1, wire.size() - 2);
      ASSERT_EQ(outcome(block, row.end), may ? "frame" : "address")
          << static_cast<int>(row.type) << " at " << address;
    }
  }
}

TEST(Frame, looks_into_the_payload) {
  struct Row {
    std::string_view body;
    Direction end;
    bool sound;
  };
  const Row rows[] = {
      {"68050100 01 e803", up, true},
      {"68050100 01", up, false},
      {"68050100 02", up, true},
      {"68050100 02 e803", up, false},
      {"68050100 05", up, false},
      {"68050100 00", up, false},
      {"68050100", up, false},
      {"67fe0100 0102030405060708 40 00000001", up, true},
      {"67fe0100 0102030405060708 f0 00000001", up, true},
      {"67fe0100 0102030405060708 41 00000001", up, false},
      {"67fe0100 0102030405060708 40 000001", up, false},
      {"44ff0100 00", down, true},
      {"44ff0100 01 80", down, true},
      {"44ff0100 01 40", down, false},
      {"44ff0100 08 ff", down, true},
      {"44ff0100 09 ff", down, false},
      {"44ff0100 09 ff80", down, true},
      {"44ff0100 40 0102030405060708", down, true},
      {"44ff0100 41 010203040506070800", down, false},
      {"44ff0100", down, false},
      {"45ff0100 0102030405060708 01", down, true},
      {"45ff0100 0102030405060708 00", down, false},
      {"45ff0100 0102030405060708 f0", down, false},
      {"45ff0100 0102030405060708", down, false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(outcome_of_body(row.body, row.end), row.sound ? "frame" : "payload") << row.body;
}

TEST(Frame, gives_back_what_was_put_in) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    Frame frame =
        make(random() % 2 == 0 ? up : down, FrameType::data, static_cast<std::uint8_t>(1 + random() % 239));
    frame.number = static_cast<std::uint8_t>(random());
    frame.more = random() % 2 == 0;
    frame.fragment = static_cast<std::uint8_t>(random() % 128);
    frame.payload.resize(random() % 241);
    for (auto& octet : frame.payload) octet = static_cast<std::uint8_t>(random() % 3 == 0 ? 0 : random());
    const Bytes wire = encode(frame);
    ASSERT_EQ(wire.size(), frame.payload.size() + frame_overhead);
    const auto decoded = decode(ByteView(wire).subspan(1, wire.size() - 2), frame.direction);
    const Frame* const back = std::get_if<Frame>(&decoded);
    ASSERT_NE(back, nullptr);
    ASSERT_TRUE(back->number == frame.number && back->more == frame.more &&
                back->fragment == frame.fragment && back->payload == frame.payload &&
                back->address == frame.address);
  }
}

TEST(Frame, finds_every_one_two_and_three_wrong_bits_of_a_short_frame) {
  const Bytes wire = encode(make(up, FrameType::ack, 5));
  Bytes block(wire.begin() + 1, wire.end() - 1);
  const std::size_t bits = block.size() * 8;
  const auto flip = [&](std::size_t bit) {
    block[bit / 8] = static_cast<std::uint8_t>(block[bit / 8] ^ 1U << bit % 8);
  };
  std::size_t accepted = 0;
  for (std::size_t a = 0; a < bits; ++a) {
    flip(a);
    accepted += outcome(block, up) == "frame";
    for (std::size_t b = a + 1; b < bits; ++b) {
      flip(b);
      accepted += outcome(block, up) == "frame";
      for (std::size_t c = b + 1; c < bits; ++c) {
        flip(c);
        accepted += outcome(block, up) == "frame";
        flip(c);
      }
      flip(b);
    }
    flip(a);
  }
  EXPECT_EQ(accepted, 0U);
}

TEST(Frame, finds_every_one_and_two_wrong_bits_of_the_longest_frame) {
  Frame frame = make(up, FrameType::data, 5);
  frame.payload = run_of(0, 0xef);
  const Bytes wire = encode(frame);
  Bytes block(wire.begin() + 1, wire.end() - 1);
  const auto flip = [&](std::size_t bit) {
    block[bit / 8] = static_cast<std::uint8_t>(block[bit / 8] ^ 1U << bit % 8);
  };
  std::size_t accepted = 0;
  for (std::size_t a = 0; a < block.size() * 8; ++a) {
    flip(a);
    accepted += outcome(block, up) == "frame";
    for (std::size_t b = a + 1; b < std::min(block.size() * 8, a + 64); ++b) {
      flip(b);
      accepted += outcome(block, up) == "frame";
      flip(b);
    }
    flip(a);
  }
  EXPECT_EQ(accepted, 0U);
}

TEST(Frame, reads_what_its_bodies_say) {
  const Frame hello = make(up, FrameType::hello, no_address, "0102030405060708f0deadbeef");
  EXPECT_EQ(to_text(hello_of(hello).uid), "0102030405060708");
  EXPECT_EQ(hello_of(hello).mtu, 240);
  EXPECT_EQ(hello_of(hello).boot_nonce, 0xdeadbeefU);
  EXPECT_EQ(nak_of(make(up, FrameType::nak, 5, "01e803")).wait, Millis(1000));
  EXPECT_EQ(nak_of(make(up, FrameType::nak, 5, "03")).code, NakCode::out_of_order);
  const Assignment assigned = assignment_of(make_assign(Assignment{{1, 2, 3, 4, 5, 6, 7, 8}, 9}, 0));
  EXPECT_EQ(to_text(assigned.uid), "0102030405060708");
  EXPECT_EQ(assigned.address, 9);
}

TEST(Prefix, covers_the_uids_that_begin_with_it) {
  const Uid uid{0xa5, 0x01, 0, 0, 0, 0, 0, 0x01};
  for (int bits = 0; bits <= 64; ++bits) {
    Prefix prefix;
    prefix.bits = bits;
    for (int bit = 0; bit < bits; ++bit)
      prefix.value |= (std::uint64_t{uid[static_cast<std::size_t>(bit / 8)]} >> (7 - bit % 8) & 1U)
                      << (63 - bit);
    const Prefix heard = prefix_of(make_discover(prefix, 3));
    ASSERT_TRUE(heard.bits == bits && heard.value == prefix.value);
    EXPECT_TRUE(begins_with(uid, prefix)) << bits;
    if (bits == 0) continue;
    Prefix other = prefix;
    other.value ^= std::uint64_t{1} << (64 - bits);
    EXPECT_FALSE(begins_with(uid, other)) << bits;
  }
}

}  // namespace
}  // namespace leafgate::serial::frame_test
