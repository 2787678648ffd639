#include <array>
#include <random>

#include <gtest/gtest.h>

#include "adapters/serial/cobs.hpp"
#include "adapters/serial/crc32c.hpp"
#include "tests/unit/serial/hex.hpp"

namespace leafgate::serial::coding_test {
namespace {

std::string encoded(ByteView raw) {
  Bytes out;
  cobs_encode(raw, out);
  return to_hex(out);
}

std::string decoded(ByteView block) {
  std::array<std::uint8_t, 300> room{};
  const auto size = cobs_decode(block, room);
  return size ? to_hex(ByteView(room).first(*size)) : "refused";
}

TEST(Crc32c, agrees_with_the_published_values) {
  EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
  EXPECT_EQ(crc32c({}), 0U);
  EXPECT_EQ(crc32c(Bytes(1, 0)), 0x527d5351U);
  EXPECT_EQ(crc32c(Bytes(32, 0)), 0x8a9136aaU);
  EXPECT_EQ(crc32c(Bytes(32, 0xff)), 0x62a8ab43U);
  EXPECT_EQ(crc32c(run_of(0, 0x1f)), 0x46dd794eU);
}

TEST(Cobs, has_the_vectors_of_the_protocol) {
  struct Row {
    std::string_view raw, block;
  };
  for (const auto& [raw, block] : {Row{"", "01"}, Row{"00", "0101"}, Row{"0000", "010101"},
                                   Row{"11220033", "0311220233"}, Row{"11000000", "0211010101"}}) {
    EXPECT_EQ(encoded(from_hex(raw)), block) << raw;
    EXPECT_EQ(decoded(from_hex(block)), raw) << block;
  }
  EXPECT_EQ(encoded(run_of(1, 0xfe)), "ff" + to_hex(run_of(1, 0xfe)) + "01");
  EXPECT_EQ(encoded(run_of(0, 0xfe)), "01ff" + to_hex(run_of(1, 0xfe)) + "01");
  EXPECT_EQ(encoded(run_of(1, 0xff)), "ff" + to_hex(run_of(1, 0xfe)) + "02ff");
}

TEST(Cobs, takes_a_block_that_some_encoders_end_early) {
  EXPECT_EQ(decoded(from_hex("ff" + to_hex(run_of(1, 0xfe)))), to_hex(run_of(1, 0xfe)));
}

TEST(Cobs, refuses_what_is_no_block) {
  for (const std::string_view block :
       {"", "00", "03112233ff", "0311", "02", "05112200", "0211000211", "01000101"})
    EXPECT_EQ(decoded(from_hex(block)), "refused") << block;
}

TEST(Cobs, never_writes_past_its_room) {
  std::array<std::uint8_t, 4> room{};
  EXPECT_TRUE(cobs_decode(from_hex("0511223344"), room).has_value());
  EXPECT_FALSE(cobs_decode(from_hex("061122334455"), room).has_value());
  EXPECT_FALSE(cobs_decode(from_hex("010101010101"), room).has_value());
}

TEST(Cobs, gives_back_every_body_and_holds_no_zero) {
  std::mt19937_64 random(1);
  std::array<std::uint8_t, 600> room{};
  for (int round = 0; round < 20'000; ++round) {
    Bytes raw(random() % 520);
    const unsigned zeros = random() % 4;
    for (auto& octet : raw) octet = static_cast<std::uint8_t>(random() % 8 < zeros ? 0 : random());
    Bytes block;
    cobs_encode(raw, block);
    ASSERT_EQ(std::count(block.begin(), block.end(), 0), 0);
    ASSERT_LE(block.size(), raw.size() + 1 + raw.size() / 254);
    const auto size = cobs_decode(block, room);
    ASSERT_TRUE(size && Bytes(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*size)) == raw);
  }
}

}  // namespace
}  // namespace leafgate::serial::coding_test
