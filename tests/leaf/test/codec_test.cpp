#include <gtest/gtest.h>

#include "tests/leaf/mqtt_codec.hpp"

namespace leafgate::leaf {
namespace {

using namespace std::string_literals;

struct Encoded {
  const char* name;
  std::string bytes;
  std::string expected;
};

ConnectFields fields(bool clean, std::uint16_t keep_alive, const std::string& password) {
  ConnectFields f;
  f.client_id = "d";
  f.username = "u";
  f.password = password;
  f.clean_session = clean;
  f.keep_alive = keep_alive;
  return f;
}

const Encoded encoded[] = {
    {"connect", encode_connect(fields(true, 180, "p")), "\x10\x13\0\4MQTT\4\xc2\0\xb4\0\1d\0\1u\0\1p"s},
    {"connect_without_password_or_clean_session", encode_connect(fields(false, 0, "")),
     "\x10\x10\0\4MQTT\4\x80\0\0\0\1d\0\1u"s},
    {"subscribe", encode_subscribe(1, "a/#", 1), "\x82\x08\0\1\0\3a/#\1"s},
    {"unsubscribe", encode_unsubscribe(258, "a/#"), "\xa2\x07\1\2\0\3a/#"s},
    {"publish_qos_0", encode_publish("t", "xy", 0, 7), "\x30\5\0\1txy"s},
    {"publish_qos_1", encode_publish("t", "xy", 1, 7), "\x32\7\0\1t\0\7xy"s},
    {"puback", encode_puback(513), "\x40\2\2\1"s},
    {"pingreq", encode_pingreq(), "\xc0\0"s},
    {"disconnect", encode_disconnect(), "\xe0\0"s},
};

class Encoder : public testing::TestWithParam<Encoded> {};
INSTANTIATE_TEST_SUITE_P(Packets, Encoder, testing::ValuesIn(encoded),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_P(Encoder, writes_what_the_standard_says) { EXPECT_EQ(GetParam().bytes, GetParam().expected); }

TEST(Encoder, writes_long_lengths_in_septets) {
  const std::string packet = encode_publish("t", std::string(200, 'x'), 0, 0);
  EXPECT_EQ(packet.substr(0, 3), "\x30\xcb\x01"s);
  EXPECT_EQ(packet.size(), 206U);
}

Packet only(const std::string& bytes) {
  PacketReader reader;
  // One octet at a time, so that no border is special.
  std::optional<Packet> found;
  for (char c : bytes) {
    reader.feed({&c, 1});
    if (auto packet = reader.next()) found = packet;
  }
  EXPECT_EQ(reader.defect(), "");
  return found.value_or(Packet{});
}

TEST(PacketReader, reads_every_packet_of_a_server) {
  EXPECT_TRUE(only("\x20\2\1\0"s).session_present);
  EXPECT_EQ(only("\x20\2\0\5"s).return_code, 5);
  EXPECT_EQ(only("\x90\3\1\2\x80"s).return_code, 0x80);
  EXPECT_EQ(only("\x40\2\0\x09"s).packet_id, 9);
  EXPECT_EQ(only("\xb0\2\0\x09"s).type, PacketType::unsuback);
  EXPECT_EQ(only("\xd0\0"s).type, PacketType::pingresp);
  const Packet publish = only("\x33\7\0\1t\0\7xy"s);
  EXPECT_EQ(publish.topic, "t");
  EXPECT_EQ(publish.payload, "xy");
  EXPECT_EQ(publish.packet_id, 7);
  EXPECT_EQ(publish.qos, 1);
  EXPECT_TRUE(publish.retain);
}

TEST(PacketReader, reads_two_packets_of_one_read) {
  PacketReader reader;
  reader.feed("\x40\2\0\1\x30\3\0\1t"s);
  EXPECT_EQ(reader.next()->type, PacketType::puback);
  EXPECT_EQ(reader.next()->type, PacketType::publish);
  EXPECT_FALSE(reader.next());
}

TEST(PacketReader, refuses_what_a_server_may_not_send) {
  for (const std::string& bad : {"\x10\0"s, "\x21\2\0\0"s, "\x20\2\2\0"s, "\x20\3\0\0\0"s, "\x90\2\0\1"s,
                                 "\x40\1\0"s, "\xd0\1x"s, "\x36\3\0\1t"s, "\x30\1\0"s, "\x30\3\0\4t"s,
                                 "\x32\5\0\1t\0\0"s, "\x30\xff\xff\xff\xff\x01"s, "\x30\xff\xff\x7f"s}) {
    PacketReader reader;
    reader.feed(bad);
    EXPECT_FALSE(reader.next());
    EXPECT_NE(reader.defect(), "") << testing::PrintToString(bad);
  }
}

TEST(ResponseTopic, gives_status_request_id_and_delay) {
  const auto topic = parse_response_topic("$dps/registrations/res/202/?$rid=ab-1&retry-after=3");
  ASSERT_TRUE(topic);
  EXPECT_EQ(topic->status, 202);
  EXPECT_EQ(topic->rid, "ab-1");
  EXPECT_EQ(topic->retry_after, 3);
  EXPECT_FALSE(parse_response_topic("$dps/registrations/res/200/?$rid=1")->retry_after);
}

TEST(ResponseTopic, refuses_what_the_strictest_client_cannot_read) {
  for (const char* bad :
       {"$dps/registrations/res/200", "$dps/registrations/res/20/?$rid=1",
        "$dps/registrations/res/abc/?$rid=1", "$dps/registrations/res/200/?rid=1",
        "$dps/registrations/res/200/?$rid=", "$dps/registrations/res/202/?retry-after=3&$rid=1",
        "$dps/registrations/res/202/?$rid=1&retry-after=",
        "$dps/registrations/res/202/?$rid=1&retry-after=3s",
        "$dps/registrations/res/202/?$rid=1&retry-after=-3",
        "$dps/registrations/res/202/?$rid=1&retry-after=3&retry-after=4",
        "$dps/registrations/res/202/?$rid=1&x", "$dps/registrations/res/202/?$rid=1&$x=1",
        "other/200/?$rid=1"}) {
    EXPECT_FALSE(parse_response_topic(bad)) << bad;
  }
}

}  // namespace
}  // namespace leafgate::leaf
