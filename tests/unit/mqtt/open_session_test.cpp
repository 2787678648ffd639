#include <gtest/gtest.h>

#include "tests/unit/mqtt/talk.hpp"

// What an accepted leaf may do, and what ends it.
namespace leafgate::open_session_test {
namespace {

constexpr auto body = R"({"registrationId":"leaf-1"})";

class OpenSession : public testing::Test {
 protected:
  void SetUp() override { EXPECT_EQ(talk.say(leaf::connect()), connack()); }
  void subscribe() { EXPECT_EQ(talk.say(leaf::subscribe(1)), suback(1, "\x01")); }
  void expect_event(Reason reason, std::string_view detail) {
    ASSERT_FALSE(talk.journal.events.empty());
    const DoorEvent& event = talk.journal.events.back();
    EXPECT_EQ(event.reason, reason);
    EXPECT_NE(event.detail.find(detail), std::string::npos) << event.detail;
    EXPECT_EQ(event.claimed_id, "leaf-1");
  }
  Talk talk;
};

TEST_F(OpenSession, is_ended_by_what_dps_does_not_do) {
  const struct {
    std::string octets;
    Reason reason;
    const char* detail;
  } rows[] = {
      {leaf::publish(leaf::register_topic("1"), body, 2, 7), Reason::mqtt_unsupported, "QoS 2"},
      {leaf::publish("devices/leaf-1/messages/events/", "x"), Reason::mqtt_unsupported, "not one of DPS"},
      {leaf::publish("$dps/registrations/res/200/?$rid=1", "x"), Reason::mqtt_unsupported, "not one of DPS"},
      {leaf::publish("$dps/registrations/PUT/iotdps-register/?rid=1", "x"), Reason::mqtt_unsupported, "$rid"},
      {leaf::publish("a/+", "x"), Reason::mqtt_malformed, "wildcard"},
      {leaf::publish(leaf::register_topic(std::string(256, 'r')), body), Reason::mqtt_malformed, "longer"},
      {leaf::publish(leaf::register_topic("1/2/3/4/5"), body), Reason::mqtt_malformed, "levels"},
      {leaf::hex("62 02 0001"), Reason::mqtt_malformed, "QoS 2"},
      {leaf::hex("20 02 0000"), Reason::mqtt_malformed, "only servers"},
      {leaf::hex("f0 00"), Reason::mqtt_malformed, "reserved"},
      {leaf::packet(0x82, std::string(5000, 'x')), Reason::request_too_large, "larger"},
      {leaf::publish(leaf::register_topic("1"), std::string(262144, 'x')), Reason::request_too_large,
       "larger"},
      {leaf::publish("a/+", std::string(20000, 'x')), Reason::mqtt_malformed, "wildcard"},
  };
  for (const auto& row : rows) {
    Talk one;
    (void)one.say(leaf::connect());
    EXPECT_EQ(one.say(row.octets), "") << row.detail;
    EXPECT_TRUE(one.closed) << row.detail;
    ASSERT_EQ(one.journal.events.size(), 1U) << row.detail;
    EXPECT_EQ(one.journal.events[0].reason, row.reason) << row.detail;
    EXPECT_NE(one.journal.events[0].detail.find(row.detail), std::string::npos) << row.detail;
    EXPECT_EQ(one.journal.events[0].claimed_id, "leaf-1");
    EXPECT_TRUE(one.registrar.attempts.empty());
  }
}

TEST_F(OpenSession, grants_its_one_filter_and_refuses_others) {
  EXPECT_EQ(talk.say(leaf::subscribe(1, {{"$dps/registrations/res/#", 2}})), suback(1, "\x01"));
  EXPECT_EQ(talk.say(leaf::subscribe(2, {{"#", 0}})), suback(2, "\x80"));
  expect_event(Reason::mqtt_unsupported, "subscribed to #");
  EXPECT_EQ(talk.say(leaf::subscribe(3, {{"$dps/registrations/res/+", 1}, {"$dps/registrations/res/#", 1}})),
            suback(3, "\x80\x01"));
  EXPECT_FALSE(talk.closed);
}

TEST_F(OpenSession, the_newest_subscription_says_the_qos_of_answers) {
  subscribe();
  (void)talk.say(leaf::subscribe(2, {{"$dps/registrations/res/#", 0}}));
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), body, 1, 3)),
            leaf::puback(3) + Talk::hears(200, "1", 0, 0));
}

TEST_F(OpenSession, an_answer_without_a_subscription_is_left_out) {
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), body, 1, 3)), leaf::puback(3));
  EXPECT_EQ(talk.registrar.attempts.size(), 1U) << "the leaf asked to be registered, and is";
  expect_event(Reason::mqtt_unsupported, "before a subscription");
  subscribe();
  EXPECT_EQ(talk.say(leaf::unsubscribe(2, {"other", "$dps/registrations/res/#"})), unsuback(2));
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("2"), body)), "");
}

TEST_F(OpenSession, request_ids_come_back_as_they_were) {
  subscribe();
  std::uint16_t id = 0;
  for (const std::string& rid :
       {std::string("1"), std::string("a%20b"), std::string("\xc3\xa4"), std::string(200, 'r')}) {
    ++id;
    EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic(rid), body)), Talk::hears(200, rid, 1, id));
  }
}

TEST_F(OpenSession, the_same_request_twice_is_answered_twice) {
  subscribe();
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), body, 1, 2)),
            leaf::puback(2) + Talk::hears(200, "1", 1, 1));
  constexpr std::uint8_t dup = 0x08;
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), body, 1, 2, dup)),
            leaf::puback(2) + Talk::hears(200, "1", 1, 2));
}

TEST_F(OpenSession, pipelined_requests_are_answered_in_their_order) {
  subscribe();
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), body, 1, 2) + leaf::pingreq() +
                     leaf::publish(leaf::register_topic("1"), body, 0, 0, 0x01) + leaf::disconnect()),
            leaf::puback(2) + Talk::hears(200, "1", 1, 1) + leaf::hex("d0 00") + Talk::hears(200, "1", 1, 2));
  EXPECT_TRUE(talk.closed);
}

TEST_F(OpenSession, a_bad_token_is_told_by_an_answer_and_may_be_tried_again) {
  subscribe();
  talk.registrar.good_token = "another";
  for (const char* rid : {"1", "2", "3"})
    EXPECT_NE(talk.say(leaf::publish(leaf::register_topic(rid), body)).find("/res/401/"), std::string::npos);
  EXPECT_FALSE(talk.closed) << "how often is the registrar's to limit";
  EXPECT_FALSE(talk.session.proven());
}

TEST_F(OpenSession, asking_in_vain_ends) {
  subscribe();
  talk.registrar.good_token = "another";
  for (int i = 0; i < 7; ++i) (void)talk.say(leaf::publish(leaf::register_topic("1"), body));
  EXPECT_FALSE(talk.closed);
  EXPECT_NE(talk.say(leaf::publish(leaf::register_topic("1"), body)).find("/res/401/"), std::string::npos);
  EXPECT_TRUE(talk.closed) << "behind the answer";
}

TEST_F(OpenSession, ends_behind_an_answer_that_is_the_last) {
  subscribe();
  talk.registrar.trouble = FakeRegistrar::refused(401, 401000, "Unauthorized");
  talk.registrar.trouble->last = true;
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), body)), Talk::hears(401, "1", 1, 1));
  EXPECT_TRUE(talk.closed);
}

TEST_F(OpenSession, a_busy_gateway_does_not_count_against_the_leaf) {
  subscribe();
  talk.registrar.trouble = FakeRegistrar::refused(429, 429001, "later");
  for (int i = 0; i < 20; ++i) (void)talk.say(leaf::publish(leaf::register_topic("1"), body));
  EXPECT_FALSE(talk.closed);
}

TEST_F(OpenSession, subscribing_to_what_is_not_there_ends) {
  for (std::uint16_t i = 1; i <= 8; ++i)
    EXPECT_EQ(talk.say(leaf::subscribe(i, {{"devices/leaf-1/#", 0}})), suback(i, "\x80"));
  EXPECT_TRUE(talk.closed);
}

TEST_F(OpenSession, retry_after_is_one_this_family_obeys) {
  subscribe();
  talk.registrar.trouble = FakeRegistrar::refused(429, 429001, "later");
  talk.registrar.trouble->retry_after = Seconds(900);
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), body)), Talk::hears(429, "1", 1, 1, 100));
}

TEST_F(OpenSession, nobody_is_told_to_be_silent_longer_than_it_may) {
  mqtt::Limits brief;
  brief.idle = Millis(12'000);
  Talk hasty(brief);
  (void)hasty.say(leaf::connect());
  (void)hasty.say(leaf::subscribe(1));
  hasty.registrar.trouble = FakeRegistrar::refused(429, 429001, "later");
  hasty.registrar.trouble->retry_after = Seconds(900);
  EXPECT_EQ(hasty.say(leaf::publish(leaf::register_topic("1"), body)), Talk::hears(429, "1", 1, 1, 10));
}

TEST_F(OpenSession, a_body_that_cannot_be_read_is_answered_with_400) {
  subscribe();
  std::uint16_t id = 0;
  for (const char* bad : {"{", "[]", "\xff", R"({"registrationId":"leaf-2"})", R"({"registrationId":1})"}) {
    ++id;
    EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), bad, 1, 9)),
              leaf::puback(9) + Talk::hears(400, "1", 1, id))
        << bad;
    expect_event(Reason::request_malformed, "");
  }
  EXPECT_TRUE(talk.registrar.attempts.empty());
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("2"), body)), Talk::hears(200, "2", 1, 6));
}

TEST_F(OpenSession, a_poll_without_a_usable_operation_is_answered_with_400) {
  subscribe();
  for (const std::string& operation : {std::string(), std::string("a/b"), std::string("a%20b")})
    EXPECT_NE(talk.say(leaf::publish(leaf::poll_topic("1", operation), "")).find("/res/400/"),
              std::string::npos);
  EXPECT_TRUE(talk.registrar.attempts.empty());
}

TEST_F(OpenSession, a_request_too_large_to_keep_is_answered_and_passed_over) {
  subscribe();
  const auto large = leaf::publish(leaf::register_topic("1"), std::string(98304, 'x'), 1, 2);
  EXPECT_EQ(talk.say(large + leaf::pingreq()),
            leaf::puback(2) + Talk::hears(400, "1", 1, 1) + leaf::hex("d0 00"));
  expect_event(Reason::request_too_large, "too large");
  const auto poll = leaf::publish(leaf::poll_topic("2", FakeRegistrar::operation), std::string(20000, ' '));
  EXPECT_EQ(talk.say(poll), Talk::hears(200, "2", 1, 2)) << "what a poll carries is ignored";
}

TEST_F(OpenSession, a_leaf_that_only_sends_rubbish_is_shown_out) {
  subscribe();
  for (unsigned i = 0; i < talk.limits.refused_requests; ++i) {
    EXPECT_FALSE(talk.closed);
    (void)talk.say(leaf::publish(leaf::register_topic("1"), "{"));
  }
  EXPECT_TRUE(talk.closed);
}

TEST_F(OpenSession, the_journal_hears_a_bounded_number_of_events) {
  for (int i = 0; i < 100; ++i) (void)talk.say(leaf::subscribe(1, {{std::string(900, 'x'), 1}}));
  EXPECT_EQ(talk.journal.events.size(), talk.limits.notes);
  EXPECT_LE(talk.journal.events[0].detail.size(), 200U);
}

TEST_F(OpenSession, packet_ids_of_answers_are_never_0) {
  subscribe();
  const auto request = leaf::publish(leaf::register_topic("1"), "");
  for (int i = 0; i < 65534; ++i) (void)talk.say(request);
  EXPECT_EQ(talk.say(request), Talk::hears(200, "1", 1, 65535));
  EXPECT_EQ(talk.say(request), Talk::hears(200, "1", 1, 1));
}

TEST_F(OpenSession, acknowledgements_of_anything_are_taken) {
  EXPECT_EQ(talk.say(leaf::puback(0) + leaf::puback(77)), "");
  EXPECT_FALSE(talk.closed);
}

}  // namespace
}  // namespace leafgate::open_session_test
