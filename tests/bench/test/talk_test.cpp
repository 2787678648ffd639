#include "tests/bench/talk.hpp"

#include <gtest/gtest.h>

#include "tests/leaf/mqtt_codec.hpp"

namespace leafgate::bench {
namespace {

Script script(Target target, const std::string& group_key = "a2V5") {
  return make_script({target, "0ne00ABCDEF", "storm-", group_key}, 7, 1'700'000'000);
}

// What the answer of HTTP `status` with this status of the registration makes of a talk, fed octet by octet.
Talk::Next after_answer(const std::string& status, const std::string& word) {
  const Script said = script(Target::https);
  const auto talk = make_talk(Target::https, said);
  talk->begin();
  EXPECT_EQ(talk->take_words(), said.request);
  const std::string body = R"({"operationId":"5.a.b","status":")" + word + R"("})";
  const std::string answer =
      "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (const char octet : answer) {
    EXPECT_EQ(talk->step(), Talk::Next::wait);
    talk->feed({&octet, 1});
  }
  return talk->step();
}

TEST(HttpsTalk, takes_an_assignment_and_nothing_else) {
  EXPECT_EQ(after_answer("200 OK", "assigned"), Talk::Next::answer);
  EXPECT_EQ(after_answer("202 Accepted", "assigning"), Talk::Next::failed);
  EXPECT_EQ(after_answer("401 Unauthorized", "x"), Talk::Next::failed);
  EXPECT_EQ(after_answer("200 OK", "disabled"), Talk::Next::failed);
}

TEST(HttpsTalk, brings_a_token_only_with_a_key) {
  EXPECT_NE(script(Target::https).request.find("Authorization: SharedAccessSignature"), std::string::npos);
  EXPECT_EQ(script(Target::https, "").request.find("Authorization"), std::string::npos);
}

TEST(MqttTalk, goes_on_packet_by_packet_and_takes_its_echo) {
  const Script said = script(Target::echo);
  const auto talk = make_talk(Target::echo, said);
  talk->begin();
  EXPECT_EQ(talk->take_words(), said.connect);
  talk->feed(std::string("\x20\x02\x00\x00", 4));
  EXPECT_EQ(talk->step(), Talk::Next::wait);
  EXPECT_EQ(talk->take_words(), said.subscribe);
  talk->feed(std::string("\x90\x03\x00\x01\x01", 5));
  EXPECT_EQ(talk->step(), Talk::Next::wait);
  EXPECT_EQ(talk->take_words(), said.request);
  talk->feed(std::string("\x40\x02\x00\x02", 4) + leaf::encode_publish(said.topic, said.body, 1, 9));
  EXPECT_EQ(talk->step(), Talk::Next::answer);
  talk->leave();
  EXPECT_EQ(talk->take_words(), leaf::encode_puback(9) + leaf::encode_disconnect());
}

}  // namespace
}  // namespace leafgate::bench
