#include "adapters/mqtt/encode.hpp"

#include <array>

#include <gtest/gtest.h>

#include "adapters/mqtt/packet.hpp"
#include "tests/unit/mqtt/leaf_packets.hpp"

namespace leafgate::mqtt::encode_test {
namespace {

using leaf::hex;

template <class... Arguments>
std::string made(void (*append)(std::string&, Arguments...), std::type_identity_t<Arguments>... arguments) {
  std::string out = "x";
  append(out, arguments...);
  EXPECT_EQ(out[0], 'x') << "what was there already stays";
  return out.substr(1);
}

TEST(Encode, short_packets_are_those_of_the_standard) {
  EXPECT_EQ(made(append_connack, ConnectCode::accepted), hex("20 02 00 00"));
  EXPECT_EQ(made(append_connack, ConnectCode::not_authorized), hex("20 02 00 05"));
  EXPECT_EQ(made(append_connack_to_version_5), hex("20 03 00 84 00"));
  EXPECT_EQ(made(append_unsuback, 2), hex("b0 02 00 02"));
  EXPECT_EQ(made(append_puback, 65535), hex("40 02 ff ff"));
  EXPECT_EQ(made(append_pingresp), hex("d0 00"));
}

TEST(Encode, suback_has_one_code_per_filter) {
  const std::array<std::uint8_t, 3> codes = {1, subscription_refused, 0};
  std::string out;
  append_suback(out, 258, codes);
  EXPECT_EQ(out, hex("90 05 01 02 01 80 00"));
}

TEST(Encode, publish_is_what_a_leaf_would_send) {
  for (const std::size_t size : {0U, 1U, 120U, 121U, 122U, 16000U, 16374U, 100000U, 2097152U})
    for (const bool numbered : {false, true}) {
      const std::uint8_t qos = numbered ? 1 : 0;
      const std::string payload(size, 'p');
      const std::uint16_t id = qos > 0 ? 77 : 0;
      std::string out;
      append_publish(out, "topic", qos, id, payload);
      EXPECT_EQ(out, leaf::publish("topic", payload, qos, id)) << size;
    }
}

TEST(Encode, what_was_encoded_is_decoded_again) {
  std::string out;
  append_publish(out, "a/b", 1, 9, "body");
  Expect expect;
  expect.connect = false;
  const auto decoded = decode(as_bytes(out), expect);
  ASSERT_EQ(decoded.outcome, Outcome::packet);
  EXPECT_EQ(std::get<Publish>(decoded.packet).payload, "body");
  EXPECT_EQ(std::get<Publish>(decoded.packet).packet_id, 9);
}

}  // namespace
}  // namespace leafgate::mqtt::encode_test
