#include <gtest/gtest.h>

#include "tests/unit/mqtt/talk.hpp"

// How a session begins, and how it refuses to.
namespace leafgate::connect_session_test {
namespace {

struct Row {
  const char* what;
  std::string octets;
  std::string heard;
  Reason reason;
  const char* step;
  const char* detail;  // a part of it
  const char* claimed_id;
};

std::string with(void (*change)(leaf::Connect&)) {
  leaf::Connect connect;
  change(connect);
  return leaf::connect(connect);
}

TEST(ConnectSession, refuses_with_the_code_of_the_defect_and_tells_the_journal) {
  constexpr auto unsupported = Reason::mqtt_unsupported;
  constexpr auto malformed = Reason::identity_malformed;
  const Row rows[] = {
      {"MQTT 5", with([](auto& c) { c.level = 5; }), leaf::hex("20 03 00 84 00"), unsupported, "connect",
       "MQTT 5", ""},
      {"MQTT of level 3", with([](auto& c) { c.level = 3; }), connack(1), unsupported, "connect", "level",
       ""},
      {"a bridge", with([](auto& c) { c.level = 0x84; }), connack(1), unsupported, "connect", "level", ""},
      {"no client id", with([](auto& c) { c.client_id = ""; }), connack(2), malformed, "connect",
       "client id is empty", ""},
      {"no user name", with([](auto& c) { c.username.reset(), c.password.reset(); }), connack(4), malformed,
       "connect", "idScope is empty", "leaf-1"},
      {"user name of a hub", with([](auto& c) { c.username = "h.azure-devices.net/leaf-1/?api-version=1"; }),
       connack(4), malformed, "connect", "IoT hub", "leaf-1"},
      {"scope with a blank", with([](auto& c) { c.username = "0ne 1/registrations/leaf-1/api-version=1"; }),
       connack(4), malformed, "connect", "idScope", "leaf-1"},
      {"another client id", with([](auto& c) { c.client_id = "leaf-2"; }), connack(5), malformed, "connect",
       "client id leaf-2 is not", "leaf-1"},
      {"a will", with([](auto& c) { c.will = leaf::text("t") + leaf::text("m"); }), "", unsupported,
       "connect", "will", "leaf-1"},
      {"a reserved flag", with([](auto& c) { c.more_flags = 1; }), "", Reason::mqtt_malformed, "connect",
       "reserved", ""},
      {"HTTP", "GET / HTTP/1.1\r\n\r\n", "", Reason::not_mqtt, "tls", "not CONNECT", ""},
      {"SUBSCRIBE first", leaf::subscribe(1), "", Reason::not_mqtt, "tls", "not CONNECT", ""},
      {"MQTT 3.1", leaf::packet(0x10, leaf::text("MQIsdp") + "\x03\x02"), "", Reason::not_mqtt, "tls",
       "does not name", ""},
      {"too large", with([](auto& c) { c.password = std::string(4096, 'x'); }), "", Reason::request_too_large,
       "connect", "larger", ""},
  };
  for (const auto& row : rows) {
    Talk talk;
    EXPECT_EQ(talk.say(row.octets), row.heard) << row.what;
    EXPECT_TRUE(talk.closed) << row.what;
    ASSERT_EQ(talk.journal.events.size(), 1U) << row.what;
    const DoorEvent& event = talk.journal.events[0];
    EXPECT_EQ(event.reason, row.reason) << row.what;
    EXPECT_EQ(event.step, row.step) << row.what;
    EXPECT_NE(event.detail.find(row.detail), std::string::npos) << row.what << ": " << event.detail;
    EXPECT_EQ(event.claimed_id, row.claimed_id) << row.what;
    EXPECT_EQ(event.source.address, "192.0.2.7");
  }
}

TEST(ConnectSession, accepts_before_anything_is_proved) {
  for (const auto& octets :
       {with([](auto& c) { c.password = "not a token"; }), with([](auto& c) { c.password = ""; }),
        with([](auto& c) { c.client_id = "LEAF-1"; }), with([](auto& c) { c.keep_alive = 65535; }),
        with([](auto& c) { c.username = "0neFFFFFFFF/registrations/leaf-1/api-version=1"; })}) {
    Talk talk;
    EXPECT_EQ(talk.say(octets), connack());
    EXPECT_FALSE(talk.closed);
    EXPECT_TRUE(talk.registrar.attempts.empty());
  }
}

TEST(ConnectSession, a_wrong_scope_is_for_the_registrar_to_judge) {
  Talk talk;
  (void)talk.say(with([](auto& c) { c.username = "0neFFFFFFFF/registrations/leaf-1/api-version=1"; }));
  (void)talk.say(leaf::subscribe(1) + leaf::publish(leaf::register_topic("1"), ""));
  EXPECT_EQ(talk.registrar.attempts.at(0).scope.text(), "0neFFFFFFFF");
}

TEST(ConnectSession, a_second_connect_ends_it) {
  Talk talk;
  EXPECT_EQ(talk.say(leaf::connect() + leaf::connect()), connack());
  EXPECT_TRUE(talk.closed);
  ASSERT_EQ(talk.journal.events.size(), 1U);
  EXPECT_EQ(talk.journal.events[0].reason, Reason::mqtt_malformed);
  EXPECT_EQ(talk.journal.events[0].claimed_id, "leaf-1");
}

TEST(ConnectSession, nothing_is_read_after_the_end) {
  Talk talk;
  EXPECT_EQ(talk.say(leaf::connect() + leaf::disconnect() + leaf::pingreq()), connack());
  EXPECT_TRUE(talk.closed);
  EXPECT_EQ(talk.session.advance(), mqtt::Next::close);
}

TEST(ConnectSession, who_leaves_without_a_request_is_told_of) {
  Talk talk;
  (void)talk.say(leaf::connect() + leaf::subscribe(1) + leaf::disconnect());
  ASSERT_EQ(talk.journal.events.size(), 1U);
  EXPECT_EQ(talk.journal.events[0].reason, Reason::silent);
  EXPECT_EQ(talk.journal.events[0].step, "subscribe");
  EXPECT_EQ(talk.journal.events[0].claimed_id, "leaf-1");
}

}  // namespace
}  // namespace leafgate::connect_session_test
