#include "adapters/mqtt/packet.hpp"

#include <gtest/gtest.h>

#include "tests/unit/mqtt/leaf_packets.hpp"

namespace leafgate::mqtt::packet_test {
namespace {

using leaf::hex;
using leaf::packet;
using leaf::text;
using leaf::u16;

constexpr auto good = Outcome::packet;
constexpr auto more = Outcome::need_more;
constexpr auto bad = Outcome::malformed;
constexpr auto large = Outcome::too_large;

Expect after_connect() {
  Expect expect;
  expect.connect = false;
  return expect;
}

struct Row {
  const char* what;
  std::string octets;
  Outcome outcome;
};

void check(std::span<const Row> rows) {
  for (const auto& row : rows) {
    const auto decoded = decode(as_bytes(row.octets), after_connect());
    EXPECT_EQ(decoded.outcome, row.outcome) << row.what << ": " << decoded.why;
    EXPECT_EQ(decoded.why.empty(), decoded.outcome != bad) << row.what;
    if (decoded.outcome == more) {
      EXPECT_GT(decoded.size, row.octets.size()) << row.what;
    }
  }
}

TEST(Packet, publish_is_read_strictly) {
  const Row rows[] = {
      {"QoS 0", leaf::publish("a/b", "body"), good},
      {"QoS 1", leaf::publish("a/b", "body", 1, 7), good},
      {"QoS 1 again", leaf::publish("a/b", "body", 1, 7, 0x08), good},
      {"QoS 2", leaf::publish("a/b", "body", 2, 7), good},
      {"retained", leaf::publish("a/b", "body", 0, 0, 0x01), good},
      {"no payload", leaf::publish("a/b", ""), good},
      {"binary payload", leaf::publish("a/b", std::string_view("\0\xff", 2)), good},
      {"topic of one character", leaf::publish("a", ""), good},
      {"topic with a dollar", leaf::publish("$dps/x", ""), good},
      {"longest topic", leaf::publish(std::string(512, 't'), ""), good},
      {"largest", leaf::publish("t", std::string(16384 - 3 - 3, 'x')), good},
      {"QoS 3", hex("36 05 0001 61 0001"), bad},
      {"QoS 0 again", leaf::publish("a/b", "body", 0, 0, 0x08), bad},
      {"empty topic", leaf::publish("", "body"), bad},
      {"topic too long", leaf::publish(std::string(513, 't'), ""), bad},
      {"many-level wildcard", leaf::publish("a/#", "body"), bad},
      {"one-level wildcard", leaf::publish("a/+/b", "body"), bad},
      {"topic not UTF-8", leaf::publish("\xc3\x28", "body"), bad},
      {"topic with a null", leaf::publish(std::string_view("a\0b", 3), "body"), bad},
      {"no topic", hex("30 00"), bad},
      {"half a topic length", hex("30 01 00"), bad},
      {"topic past the end", hex("30 03 0002 61"), bad},
      {"packet id 0", leaf::publish("a", "", 1, 0), bad},
      {"QoS 2, packet id 0", leaf::publish("a", "", 2, 0), bad},
      {"no packet id", hex("32 03 0001 61"), bad},
      {"half a packet id", hex("32 04 0001 61 00"), bad},
      {"one octet too large", leaf::publish("t", std::string(16384 - 3 - 2, 'x')), large},
      {"longest length", hex("30 ff ff ff 7f"), large},
      {"cut in the payload", leaf::publish("a/b", "body").substr(0, 8), more},
  };
  check(rows);
}

TEST(Packet, subscribe_and_unsubscribe_are_read_strictly) {
  const std::string f = text("a/#");
  const Row rows[] = {
      {"one filter", leaf::subscribe(1), good},
      {"QoS 2", leaf::subscribe(1, {{"a", 2}}), good},
      {"two filters", leaf::subscribe(65535, {{"a", 0}, {"b/+", 1}}), good},
      {"eight filters",
       packet(
           0x82, u16(1) +
                     [&] {
                       std::string s;
                       for (int i = 0; i < 8; ++i) s += f + "\x01";
                       return s;
                     }()),
       good},
      {"nine filters",
       packet(
           0x82, u16(1) +
                     [&] {
                       std::string s;
                       for (int i = 0; i < 9; ++i) s += f + "\x01";
                       return s;
                     }()),
       bad},
      {"no filter", packet(0x82, u16(1)), bad},
      {"no packet id", hex("82 00"), bad},
      {"packet id 0", leaf::subscribe(0), bad},
      {"empty filter", leaf::subscribe(1, {{"", 1}}), bad},
      {"QoS 3", leaf::subscribe(1, {{"a", 3}}), bad},
      {"options of MQTT 5", leaf::subscribe(1, {{"a", 0x05}}), bad},
      {"highest bit of the options", leaf::subscribe(1, {{"a", 0x80}}), bad},
      {"no QoS", packet(0x82, u16(1) + f), bad},
      {"filter past the end", packet(0x82, u16(1) + hex("0009 61 01")), bad},
      {"filter not UTF-8", leaf::subscribe(1, {{"\xff", 1}}), bad},
      {"flags 0", hex("80 08 0001 0003 612f23 01"), bad},
      {"flags 3", hex("83 08 0001 0003 612f23 01"), bad},
      {"too large", packet(0x82, std::string(4094, 'x')), large},
      {"unsubscribe one", leaf::unsubscribe(2), good},
      {"unsubscribe two", leaf::unsubscribe(2, {"a", "b"}), good},
      {"unsubscribe none", packet(0xA2, u16(2)), bad},
      {"unsubscribe with packet id 0", leaf::unsubscribe(0), bad},
      {"unsubscribe an empty filter", leaf::unsubscribe(2, {""}), bad},
      {"unsubscribe, filter past the end", packet(0xA2, u16(2) + hex("0009 61")), bad},
      {"unsubscribe, half a length", packet(0xA2, u16(2) + hex("00")), bad},
      {"unsubscribe with flags 0", hex("a0 05 0002 0001 61"), bad},
      {"unsubscribe too large", packet(0xA2, std::string(4094, 'x')), large},
  };
  check(rows);
}

TEST(Packet, the_short_ones_are_read_strictly) {
  const Row rows[] = {
      {"PUBACK", leaf::puback(1), good},
      {"PUBACK of packet id 0", leaf::puback(0), good},
      {"PUBACK too short", hex("40 01 00"), bad},
      {"PUBACK too long", hex("40 03 0001 00"), bad},
      {"PUBACK of nothing", hex("40 00"), bad},
      {"PUBACK with flags", hex("42 02 0001"), bad},
      {"PINGREQ", leaf::pingreq(), good},
      {"PINGREQ with flags", hex("c1 00"), bad},
      {"PINGREQ with a body", hex("c0 01 00"), bad},
      {"DISCONNECT", leaf::disconnect(), good},
      {"DISCONNECT with flags", hex("e8 00"), bad},
      {"DISCONNECT of MQTT 5", hex("e0 02 00 00"), bad},
      {"CONNECT", leaf::connect(), good},
      {"type 0", hex("00 00"), bad},
      {"AUTH of MQTT 5", hex("f0 00"), bad},
      {"CONNACK", hex("20 02 0000"), bad},
      {"SUBACK", hex("90 03 0001 00"), bad},
      {"UNSUBACK", hex("b0 02 0001"), bad},
      {"PINGRESP", hex("d0 00"), bad},
      {"PUBREC", hex("50 02 0001"), bad},
      {"PUBREL", hex("62 02 0001"), bad},
      {"PUBCOMP", hex("70 02 0001"), bad},
      {"length in two octets, shortest form", leaf::publish("t", std::string(125, 'x')), good},
      {"zero in two octets", hex("c0 80 00"), bad},
      {"zero in four octets", hex("c0 80 80 80 00"), bad},
      {"length never ends", hex("c0 80 80 80 80"), bad},
      {"first octet alone", hex("c0"), more},
      {"half a length", hex("30 80"), more},
      {"nothing", "", more},
  };
  check(rows);
}

TEST(Packet, publish_gives_what_the_leaf_said) {
  const auto octets = leaf::publish("a/b", "body", 1, 513, 0x09) + leaf::pingreq();
  const auto decoded = decode(as_bytes(octets), after_connect());
  ASSERT_EQ(decoded.outcome, Outcome::packet);
  EXPECT_EQ(decoded.size, octets.size() - 2);
  const auto& publish = std::get<Publish>(decoded.packet);
  EXPECT_EQ(publish.topic, "a/b");
  EXPECT_EQ(publish.payload, "body");
  EXPECT_EQ(publish.packet_id, 513);
  EXPECT_EQ(publish.qos, 1);
  EXPECT_TRUE(publish.dup && publish.retain);
}

TEST(Packet, subscribe_gives_its_filters_in_order) {
  const auto octets = leaf::subscribe(9, {{"a", 2}, {"b", 0}});
  const auto decoded = decode(as_bytes(octets), after_connect());
  const auto& subscribe = std::get<Subscribe>(decoded.packet);
  EXPECT_EQ(subscribe.packet_id, 9);
  ASSERT_EQ(subscribe.filters.size(), 2U);
  EXPECT_EQ(subscribe.filters[0].text, "a");
  EXPECT_EQ(subscribe.filters[0].qos, 2);
  EXPECT_EQ(subscribe.filters[1].text, "b");
}

TEST(Packet, is_asked_for_octet_by_octet_until_it_is_whole) {
  for (const auto& whole :
       {leaf::connect(), leaf::subscribe(1), leaf::publish("t", std::string(300, 'x'), 1, 2), leaf::puback(3),
        leaf::pingreq(), leaf::unsubscribe(4), leaf::disconnect()}) {
    for (std::size_t n = 0; n < whole.size(); ++n) {
      const auto decoded = decode(as_bytes(whole).first(n), after_connect());
      ASSERT_EQ(decoded.outcome, Outcome::need_more) << n;
      ASSERT_GT(decoded.size, n);
      ASSERT_LE(decoded.size, whole.size());
    }
    EXPECT_EQ(decode(as_bytes(whole), after_connect()).outcome, Outcome::packet);
  }
}

TEST(Packet, caps_follow_what_is_expected) {
  Expect expect = after_connect();
  expect.publish = 98304;
  EXPECT_EQ(decode(as_bytes(leaf::publish("t", std::string(90000, 'x'))), expect).outcome, Outcome::packet);
  expect.control = 20;
  EXPECT_EQ(decode(as_bytes(leaf::subscribe(1)), expect).outcome, Outcome::too_large);
}

TEST(PublishHead, is_read_without_the_payload) {
  const auto octets = leaf::publish("a/b", std::string(50000, 'x'), 1, 7);
  const std::size_t head = 1 + 3 + 2 + 3 + 2;
  for (std::size_t n = 0; n < head; ++n) {
    const auto decoded = decode_publish_head(as_bytes(octets).first(n), after_connect());
    ASSERT_EQ(decoded.outcome, Outcome::need_more) << n;
    ASSERT_GT(decoded.size, n);
    ASSERT_LE(decoded.size, head);
  }
  const auto decoded = decode_publish_head(as_bytes(octets).first(head), after_connect());
  ASSERT_EQ(decoded.outcome, Outcome::packet);
  EXPECT_EQ(decoded.size, octets.size());
  EXPECT_EQ(std::get<Publish>(decoded.packet).topic, "a/b");
  EXPECT_EQ(std::get<Publish>(decoded.packet).packet_id, 7);
  EXPECT_EQ(std::get<Publish>(decoded.packet).payload, "");
}

TEST(PublishHead, refuses_what_publish_refuses) {
  const std::string rest(20000, 'x');
  const std::string rows[] = {
      leaf::publish("", rest),
      leaf::publish("a/+", rest),
      leaf::publish("\xff", rest),
      leaf::publish("t", rest, 1, 0),
      leaf::publish(std::string(513, 't'), rest),
      packet(0x30, hex("ffff") + rest),
      packet(0x36, text("t") + rest),
  };
  for (const auto& row : rows)
    EXPECT_EQ(decode_publish_head(as_bytes(row), after_connect()).outcome, Outcome::malformed);
}

}  // namespace
}  // namespace leafgate::mqtt::packet_test
