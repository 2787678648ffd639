#include "tests/standin/mqtt_packets.hpp"

#include <gtest/gtest.h>

namespace leafgate::standin {
namespace {

using namespace std::string_literals;
using Type = MqttPacket::Type;

std::optional<MqttPacket> packet_of(std::string input) {
  bool malformed = false;
  auto packet = take_packet(input, malformed);
  EXPECT_FALSE(malformed);
  return packet;
}

TEST(MqttPackets, come_off_the_front_once_they_are_whole) {
  std::string input = "\xc0\x00\x32\x08\x00\x01t\x00\x07"s;
  bool malformed = false;
  EXPECT_EQ(take_packet(input, malformed)->type, Type::pingreq);
  EXPECT_FALSE(take_packet(input, malformed));
  input += "abc";
  const auto publish = read_publish(*take_packet(input, malformed));
  EXPECT_EQ(publish->topic, "t");
  EXPECT_EQ(publish->qos, 1);
  EXPECT_EQ(publish->id, 7);
  EXPECT_EQ(publish->payload, "abc");
  EXPECT_TRUE(input.empty());
}

TEST(MqttPackets, have_lengths_of_one_to_three_octets) {
  for (const std::size_t size : {0UL, 127UL, 128UL, 16'383UL, 16'384UL, 262'144UL}) {
    const auto packet = packet_of(packet_text(Type::publish, 0, std::string(size, 'x')));
    ASSERT_TRUE(packet) << size;
    EXPECT_EQ(packet->body.size(), size);
  }
}

TEST(MqttPackets, are_malformed_where_no_length_or_a_larger_one_stands) {
  for (std::string bad :
       {"\x30\xff\xff\xff\xff"s, packet_text(Type::publish, 0, std::string(262'145, 'x'))}) {
    bool malformed = false;
    EXPECT_FALSE(take_packet(bad, malformed));
    EXPECT_TRUE(malformed);
  }
}

TEST(MqttPackets, read_a_connect_with_all_its_fields) {
  const std::string body = "\x00\x04MQTT\x04\xc6\x00\x3c\x00\x02id\x00\x01t\x00\x01m\x00\x04user\x00\x02pw"s;
  const auto connect = read_connect(body);
  ASSERT_TRUE(connect);
  EXPECT_EQ(connect->protocol, "MQTT");
  EXPECT_EQ(connect->level, 4);
  EXPECT_TRUE(connect->will);
  EXPECT_EQ(connect->keep_alive, 60);
  EXPECT_EQ(connect->client_id, "id");
  EXPECT_EQ(connect->username, "user");
  EXPECT_EQ(connect->password, "pw");
  for (std::size_t n = 0; n < body.size(); ++n) EXPECT_FALSE(read_connect(body.substr(0, n))) << n;
  EXPECT_FALSE(read_connect(body + "x"));
}

TEST(MqttPackets, read_the_filters_of_a_subscription) {
  const auto asked = read_subscribe(
      "\x00\x05\x00\x01"
      "a\x01\x00\x01"
      "b\x02"s);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->id, 5);
  EXPECT_EQ(asked->filters, (std::vector<std::pair<std::string, int>>{{"a", 1}, {"b", 2}}));
  for (const std::string& bad : {""s, "\x00\x05"s,
                                 "\x00\x00\x00\x01"
                                 "a\x01"s,
                                 "\x00\x05\x00\x01"
                                 "a"s,
                                 "\x00\x05\x00\x01"
                                 "a\x03"s}) {
    EXPECT_FALSE(read_subscribe(bad));
  }
}

TEST(MqttPackets, refuse_a_publish_without_an_id_or_with_a_qos_of_three) {
  EXPECT_FALSE(read_publish({Type::publish, 0x02, "\x00\x01t\x00\x00"s}));
  EXPECT_FALSE(read_publish({Type::publish, 0x06, "\x00\x01t\x00\x01"s}));
  EXPECT_FALSE(read_publish({Type::publish, 0x00, "\x00\x05t"s}));
}

}  // namespace
}  // namespace leafgate::standin
