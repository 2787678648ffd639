#include <gtest/gtest.h>

#include "tests/unit/mqtt/talk.hpp"

// The byte flows of the public SDKs (device protocol §1), one case per family: connect, subscribe, register,
// poll where it polls, leave.
namespace leafgate::sdk_session_test {
namespace {

constexpr auto prefix = "0ne00000001/registrations/leaf-1/api-version=";

leaf::Connect from(std::string_view parameters, std::uint16_t keep_alive, bool clean) {
  leaf::Connect connect;
  connect.username = prefix + std::string(parameters);
  connect.keep_alive = keep_alive;
  connect.clean_session = clean;
  return connect;
}

void expect_left_in_peace(const Talk& talk) {
  EXPECT_TRUE(talk.closed);
  EXPECT_TRUE(talk.journal.events.empty());
  EXPECT_TRUE(talk.session.proven());
}

TEST(SdkSession, c) {
  Talk talk;
  EXPECT_EQ(talk.say(leaf::connect(from("2021-06-01&ClientVersion=1.15.0", 0, true))), connack());
  EXPECT_EQ(talk.say(leaf::subscribe(1)), suback(1, "\x01"));
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), R"({"registrationId":"leaf-1"})")),
            Talk::hears(200, "1", 1, 1));
  EXPECT_FALSE(talk.paused) << "C listens before it publishes";
  EXPECT_EQ(talk.say(leaf::puback(1) + leaf::disconnect()), "");
  expect_left_in_peace(talk);

  const Attempt& attempt = talk.registrar.attempts.at(0);
  EXPECT_EQ(attempt.scope.text(), "0ne00000001");
  EXPECT_EQ(attempt.id.text(), "leaf-1");
  EXPECT_EQ(std::get<SasEvidence>(attempt.evidence).token, talk.registrar.good_token);
  EXPECT_TRUE(attempt.direct);
  EXPECT_EQ(attempt.client, "1.15.0");
  EXPECT_EQ(attempt.source.address, "192.0.2.7");
}

TEST(SdkSession, c_polls_with_its_register_document) {
  Talk talk;
  (void)talk.say(leaf::connect(from("2021-06-01&ClientVersion=1.15.0", 0, true)) + leaf::subscribe(1));
  const auto topic = leaf::poll_topic("2", FakeRegistrar::operation);
  EXPECT_EQ(talk.say(leaf::publish(topic, R"({"registrationId":"leaf-1"})")), Talk::hears(200, "2", 1, 1));
  EXPECT_EQ(talk.registrar.attempts.at(0).operation->text(), FakeRegistrar::operation);
}

TEST(SdkSession, node) {
  Talk talk;
  const auto agent = "2019-03-31&ClientVersion=azure-iot-provisioning-device%2F1.9.2";
  EXPECT_EQ(talk.say(leaf::connect(from(agent, 180, true))), connack());
  EXPECT_EQ(talk.say(leaf::subscribe(17767)), suback(17767, "\x01"));
  const auto rid = "8c0be9c6-38cf-4d4a-a8a6-3a4e9b9fd7e2";
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic(rid), R"({"registrationId":"leaf-1"})", 1, 17768)),
            leaf::puback(17768) + Talk::hears(200, rid, 1, 1));
  EXPECT_FALSE(talk.paused) << "a QoS 1 request hears its PUBACK and its answer in one write";
  EXPECT_EQ(talk.say(leaf::puback(1)), "");
  EXPECT_EQ(talk.say(leaf::unsubscribe(17769)), unsuback(17769));
  EXPECT_EQ(talk.say(leaf::disconnect()), "");
  expect_left_in_peace(talk);
}

TEST(SdkSession, python) {
  Talk talk;
  const auto agent =
      "2019-03-31&ClientVersion=azure-iot-device-provisioning-py%2F2.14.0%283.11.2%3BLinux%3Bx86_64%29";
  EXPECT_EQ(talk.say(leaf::connect(from(agent, 60, false))), connack()) << "no session is ever present";
  EXPECT_EQ(talk.say(leaf::subscribe(1)), suback(1, "\x01"));
  const auto rid = "0e9b0ff1-2e55-4a3a-b8b1-6d39e1d84d6e";
  const auto body = R"({"payload": null, "registrationId": "leaf-1"})";
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic(rid), body, 1, 2)),
            leaf::puback(2) + Talk::hears(200, rid, 1, 1));
  EXPECT_EQ(talk.registrar.attempts.at(0).request.payload, "");
  EXPECT_EQ(talk.say(leaf::puback(1) + leaf::pingreq()), leaf::hex("d0 00"));
  EXPECT_EQ(talk.say(leaf::disconnect()), "");
  expect_left_in_peace(talk);
}

TEST(SdkSession, csharp) {
  Talk talk;
  const auto agent = "2019-03-31&ClientVersion=Microsoft.Azure.Devices.Provisioning.Client%2F1.19.4";
  EXPECT_EQ(talk.say(leaf::connect(from(agent, 0, true))), connack());
  EXPECT_EQ(talk.say(leaf::subscribe(1)), suback(1, "\x01"));
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("2"), "", 1, 2)),
            leaf::puback(2) + Talk::hears(202, "2", 1, 1, 3));
  EXPECT_EQ(talk.say(leaf::puback(1)), "");
  EXPECT_EQ(talk.say(leaf::publish(leaf::poll_topic("3", FakeRegistrar::operation), "", 1, 3)),
            leaf::puback(3) + Talk::hears(200, "3", 1, 2));
  EXPECT_EQ(talk.say(leaf::puback(2)), "");
  EXPECT_EQ(talk.say(leaf::disconnect()), "");
  EXPECT_FALSE(talk.registrar.attempts.at(0).direct);
  expect_left_in_peace(talk);
}

TEST(SdkSession, java) {
  Talk talk;
  EXPECT_EQ(talk.say(leaf::connect(from("2019-03-31&ClientVersion=2019-03-31", 230, false))), connack());
  EXPECT_EQ(talk.say(leaf::subscribe(1)), suback(1, "\x01"));
  const auto body = R"({"registrationId":"leaf-1","payload":"{\"a\":1}"})";
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), body)), Talk::hears(202, "1", 1, 1, 3));
  EXPECT_TRUE(talk.paused) << "Java misses an answer that comes before it waits";
  EXPECT_EQ(talk.registrar.attempts.at(0).request.payload, R"("{\"a\":1}")");
  EXPECT_EQ(talk.say(leaf::puback(1)), "");
  EXPECT_EQ(talk.say(leaf::publish(leaf::poll_topic("2", FakeRegistrar::operation), "")),
            Talk::hears(200, "2", 1, 2));
  EXPECT_TRUE(talk.paused);
  EXPECT_EQ(talk.say(leaf::puback(2) + leaf::disconnect()), "");
  expect_left_in_peace(talk);
}

TEST(SdkSession, embedded_c) {
  Talk talk;
  EXPECT_EQ(talk.say(leaf::connect(from("2019-03-31", 240, false))), connack());
  EXPECT_EQ(talk.say(leaf::subscribe(1)), suback(1, "\x01"));
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), R"({"registrationId":"leaf-1"})", 1, 2)),
            leaf::puback(2) + Talk::hears(202, "1", 1, 1, 3));
  const auto poll = leaf::publish(leaf::poll_topic("1", FakeRegistrar::operation), "", 1, 3);
  EXPECT_EQ(talk.say(leaf::puback(1) + poll), leaf::puback(3) + Talk::hears(200, "1", 1, 2));
  EXPECT_EQ(talk.registrar.attempts.at(0).client, "");
  EXPECT_EQ(talk.say(leaf::puback(2) + leaf::disconnect()), "");
  expect_left_in_peace(talk);
}

TEST(SdkSession, freertos_uses_one_request_id_and_qos_0) {
  Talk talk;
  EXPECT_EQ(talk.say(leaf::connect(from("2019-03-31&ClientVersion=c/1.4.0(FreeRTOS)", 60, true))), connack());
  EXPECT_EQ(talk.say(leaf::subscribe(1, {{"$dps/registrations/res/#", 0}})),
            suback(1, std::string_view("\0", 1)));
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), R"({"registrationId":"leaf-1"})")),
            Talk::hears(202, "1", 0, 0, 3));
  EXPECT_TRUE(talk.paused);
  const auto poll = leaf::publish(leaf::poll_topic("1", FakeRegistrar::operation), "");
  EXPECT_EQ(talk.say(poll), Talk::hears(200, "1", 0, 0));
  EXPECT_EQ(talk.say(leaf::disconnect()), "");
  expect_left_in_peace(talk);
}

TEST(SdkSession, x509_leaf_sends_no_password) {
  Talk talk;
  auto connect = from("2021-06-01&ClientVersion=1.15.0", 0, true);
  connect.password.reset();
  EXPECT_EQ(talk.say(leaf::connect(connect) + leaf::subscribe(1)), connack() + suback(1, "\x01"));
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), "")), Talk::hears(401, "1", 1, 1));
  EXPECT_TRUE(std::holds_alternative<NoEvidence>(talk.registrar.attempts.at(0).evidence));
  EXPECT_FALSE(talk.session.proven());
}

}  // namespace
}  // namespace leafgate::sdk_session_test
