#include <gtest/gtest.h>

#include "adapters/mqtt/packet.hpp"
#include "tests/unit/mqtt/leaf_packets.hpp"

namespace leafgate::mqtt::connect_test {
namespace {

using leaf::hex;
using leaf::packet;
using leaf::text;

constexpr auto good = Outcome::packet;
constexpr auto more = Outcome::need_more;
constexpr auto bad = Outcome::malformed;
constexpr auto foreign = Outcome::foreign;
constexpr auto large = Outcome::too_large;

// A CONNECT of protocol MQTT, level 4, with these flags, keep-alive 60 and this payload.
std::string mqtt4(std::size_t flags, const std::string& payload) {
  return packet(0x10,
                text("MQTT") + "\x04" + std::string(1, static_cast<char>(flags)) + leaf::u16(60) + payload);
}

struct Row {
  const char* what;
  std::string octets;
  Outcome outcome;
};

TEST(Connect, is_read_strictly) {
  const std::string id = text("leaf-1");
  const std::string will = text("t") + text("m");
  const Row rows[] = {
      {"client id alone", mqtt4(0x02, id), good},
      {"client id empty", mqtt4(0x02, text("")), good},
      {"no clean session", mqtt4(0x00, id), good},
      {"user name", mqtt4(0x82, id + text("u")), good},
      {"user name and password", mqtt4(0xC2, id + text("u") + text("p")), good},
      {"user name and empty password", mqtt4(0xC2, id + text("u") + text("")), good},
      {"password is binary", mqtt4(0xC2, id + text("u") + text("\xff\xfe")), good},
      {"will", mqtt4(0x06, id + will), good},
      {"will of QoS 1, retained", mqtt4(0x2E, id + will), good},
      {"will of QoS 2", mqtt4(0x16, id + will), good},
      {"will, its message binary", mqtt4(0x06, id + text("t") + text("\xff")), good},
      {"everything", mqtt4(0xC6, id + will + text("u") + text("p")), good},
      {"level 3", packet(0x10, text("MQTT") + "\x03\x02" + leaf::u16(0) + id), good},
      {"level 5 with properties", packet(0x10, text("MQTT") + "\x05\x02" + hex("003c 05 11 00000000") + id),
       good},
      {"level 5 and rubbish", packet(0x10, text("MQTT") + "\x05\xff\xff"), good},
      {"level 0x84, a bridge", packet(0x10, text("MQTT") + "\x84"), good},

      {"reserved flag", mqtt4(0x03, id), bad},
      {"password without user name", mqtt4(0x42, id + text("p")), bad},
      {"will QoS without will", mqtt4(0x0A, id), bad},
      {"will retain without will", mqtt4(0x22, id), bad},
      {"will QoS 3", mqtt4(0x1E, id + will), bad},
      {"nothing behind the level", packet(0x10, text("MQTT") + "\x04"), bad},
      {"no keep-alive", packet(0x10, text("MQTT") + "\x04\x02"), bad},
      {"half a keep-alive", packet(0x10, text("MQTT") + "\x04\x02\x3c"), bad},
      {"no client id", mqtt4(0x02, ""), bad},
      {"client id past the end", mqtt4(0x02, hex("0007 61")), bad},
      {"client id not UTF-8", mqtt4(0x02, text("\xc0\xaf")), bad},
      {"client id with a null", mqtt4(0x02, text(std::string_view("a\0b", 3))), bad},
      {"no user name", mqtt4(0x82, id), bad},
      {"user name past the end", mqtt4(0x82, id + hex("0002 61")), bad},
      {"user name not UTF-8", mqtt4(0x82, id + text("\xed\xa0\x80")), bad},
      {"no password", mqtt4(0xC2, id + text("u")), bad},
      {"password past the end", mqtt4(0xC2, id + text("u") + hex("0002 61")), bad},
      {"no will", mqtt4(0x06, id), bad},
      {"will without a message", mqtt4(0x06, id + text("t")), bad},
      {"will topic not UTF-8", mqtt4(0x06, id + text("\xff") + text("m")), bad},
      {"octets left over", mqtt4(0x02, id + "x"), bad},
      {"user name behind, flag not set", mqtt4(0x02, id + text("u")), bad},
      {"no level", packet(0x10, text("MQTT")), bad},

      {"nothing in it", hex("10 00"), foreign},
      {"half a protocol name", packet(0x10, hex("0004 4d51")), foreign},
      {"protocol name in lower case", packet(0x10, text("mqtt") + "\x04\x02" + leaf::u16(0) + id), foreign},
      {"MQTT 3.1", packet(0x10, text("MQIsdp") + "\x03\x02" + leaf::u16(0) + id), foreign},
      {"protocol name empty", packet(0x10, text("") + "\x04\x02" + leaf::u16(0) + id), foreign},
      {"HTTP", "GET / HTTP/1.1\r\n", foreign},
      {"AMQP", std::string("AMQP\x00\x01\x00\x00", 8), foreign},
      {"a TLS record", hex("16 03 01 02 00"), foreign},
      {"PUBLISH first", leaf::publish("a", "b"), foreign},
      {"PINGREQ first", leaf::pingreq(), foreign},
      {"DISCONNECT first", leaf::disconnect(), foreign},
      {"zeros", hex("00 00 00 00"), foreign},

      {"reserved flags of the type", hex("11 00"), foreign},
      {"flags as a SUBSCRIBE has them", hex("12 00"), foreign},
      {"length not in shortest form", hex("10 8c 00"), bad},
      {"length of five octets", hex("10 ff ff ff ff"), bad},
      {"longest length", hex("10 ff ff ff 7f"), large},
      {"one octet too large", packet(0x10, std::string(4094, 'x')), large},
      {"just not too large, no MQTT", packet(0x10, std::string(4093, 'x')), foreign},
      {"half of it", leaf::connect().substr(0, 20), more},
      {"nothing yet", "", more},
  };
  for (const auto& row : rows) {
    const auto decoded = decode(as_bytes(row.octets), Expect());
    EXPECT_EQ(decoded.outcome, row.outcome) << row.what << ": " << decoded.why;
    const bool explained = decoded.outcome != bad && decoded.outcome != foreign;
    EXPECT_EQ(decoded.why.empty(), explained) << row.what;
  }
}

TEST(Connect, gives_what_the_leaf_said) {
  leaf::Connect said;
  said.keep_alive = 230;
  said.clean_session = false;
  const auto octets = leaf::connect(said);
  const auto decoded = decode(as_bytes(octets), Expect());
  ASSERT_EQ(decoded.outcome, Outcome::packet);
  EXPECT_EQ(decoded.size, octets.size());
  const auto& connect = std::get<Connect>(decoded.packet);
  EXPECT_EQ(connect.level, 4);
  EXPECT_EQ(connect.keep_alive, 230);
  EXPECT_FALSE(connect.clean_session);
  EXPECT_FALSE(connect.has_will);
  EXPECT_EQ(connect.client_id, said.client_id);
  EXPECT_EQ(connect.username, said.username);
  EXPECT_EQ(connect.password, said.password);
}

TEST(Connect, tells_an_absent_password_from_an_empty_one) {
  leaf::Connect said;
  said.password.reset();
  const auto absent = leaf::connect(said);
  EXPECT_FALSE(std::get<Connect>(decode(as_bytes(absent), Expect()).packet).password.has_value());
  said.password = "";
  const auto empty = leaf::connect(said);
  EXPECT_EQ(std::get<Connect>(decode(as_bytes(empty), Expect()).packet).password, "");
}

TEST(Connect, of_another_level_is_read_no_further) {
  const auto octets = packet(0x10, text("MQTT") + "\x05\x02" + hex("0000 00") + text("leaf-1"));
  const auto decoded = decode(as_bytes(octets), Expect());
  EXPECT_EQ(std::get<Connect>(decoded.packet).level, 5);
  EXPECT_EQ(std::get<Connect>(decoded.packet).client_id, "");
}

}  // namespace
}  // namespace leafgate::mqtt::connect_test
