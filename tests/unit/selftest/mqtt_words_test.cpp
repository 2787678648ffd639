#include "adapters/selftest/mqtt_words.hpp"

#include <gtest/gtest.h>

namespace leafgate::selftest::mqtt_words_test {
namespace {

using namespace std::string_literals;

TEST(MqttWords, a_connect_is_as_the_standard_lays_it_out) {
  EXPECT_EQ(connect_packet("id", "user", "pass"),
            "\x10\x1a\0\x04MQTT\x04\xC2\0\x3c\0\x02id\0\x04user\0\x04pass"s);
}

TEST(MqttWords, lengths_above_127_take_two_octets) {
  const std::string packet = publish_packet("t", std::string(200, 'x'));
  EXPECT_EQ(packet.substr(0, 3), "\x32\xcd\x01"s);
  EXPECT_EQ(packet.size(), 3U + 205U);
}

TEST(MqttWords, a_packet_is_taken_once_it_is_whole_whatever_the_pieces) {
  const std::string puback = "\x40\x02\0\x02"s;
  const std::string publish = "\x32\x09\0\x03res\0\x07{}"s;
  std::string octets;
  std::vector<Heard> heard;
  for (const char octet : puback + publish) {
    octets += octet;
    const auto taken = take_packet(octets);
    ASSERT_TRUE(taken);
    if (*taken) heard.push_back(**taken);
  }
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_EQ(heard[0].kind, 4U);
  EXPECT_EQ(heard[1].topic, "res");
  EXPECT_EQ(heard[1].payload, "{}");
}

TEST(MqttWords, what_is_none_is_told) {
  for (const std::string& text :
       {"\x30\xff\xff\xff\xff\x01"s, "\x30\xff\xff\x7f"s, "\x30\x03\0\x09x"s, "\x30\0"s}) {
    std::string octets = text;
    EXPECT_FALSE(take_packet(octets));
  }
}

TEST(WebSocketWords, a_frame_is_masked_and_tells_its_length) {
  const std::string frame = web_socket_frame("abc");
  ASSERT_EQ(frame.size(), 9U);
  EXPECT_EQ(frame.substr(0, 2), "\x82\x83");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(static_cast<char>(frame[6 + i] ^ frame[2 + i]), "abc"[i]);
  EXPECT_EQ(web_socket_frame(std::string(300, 'x')).substr(0, 4), "\x82\xfe\x01\x2c"s);
}

TEST(WebSocketWords, frames_of_a_server_are_joined_and_its_pings_passed_over) {
  std::string octets =
      "\x82\x02"
      "ab\x89\x01!\x82\x7e\0\x01"
      "c\x82\x05"
      "de"s;
  EXPECT_EQ(take_frames(octets).value(), "abc");
  octets += "fgh";
  EXPECT_EQ(take_frames(octets).value(), "defgh");
  EXPECT_TRUE(octets.empty());
}

TEST(WebSocketWords, a_close_and_a_masked_frame_end_it) {
  for (const std::string& text : {"\x88\0"s,
                                  "\x82\x81"
                                  "abcdx"s,
                                  "\x82\x7f\0\0\0\0\0\0\0\x01x"s}) {
    std::string octets = text;
    EXPECT_FALSE(take_frames(octets));
  }
}

}  // namespace
}  // namespace leafgate::selftest::mqtt_words_test
