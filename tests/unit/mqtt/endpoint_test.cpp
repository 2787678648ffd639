#include "tests/unit/mqtt/endpoint_fixture.hpp"

namespace leafgate::endpoint_test {
namespace {

using std::chrono::seconds;

const std::string operation = FakeRegistrar::operation;
const std::string assigned = R"({"operationId":")" + operation +
                             R"(","status":"assigned","registrationState":)" + FakeRegistrar::state + "}";
const std::string assigning = R"({"operationId":")" + operation + R"(","status":"assigning"})";

std::string response(int status, const std::string& rest, const std::string& body, std::uint16_t packet_id) {
  return leaf::publish("$dps/registrations/res/" + std::to_string(status) + "/?$rid=" + rest, body, 1,
                       packet_id);
}

std::string java() {
  leaf::Connect connect;
  connect.username = "0ne00000001/registrations/leaf-1/api-version=2019-03-31&ClientVersion=2019-03-31";
  return leaf::connect(connect) + leaf::subscribe(1);
}

TEST_F(EndpointTest, a_known_leaf_is_done_in_one_round_trip) {
  EXPECT_EQ(say(greeting()), greeted());
  EXPECT_EQ(say(leaf::publish(leaf::register_topic("1"), R"({"registrationId":"leaf-1"})")),
            response(200, "1", assigned, 1));
  EXPECT_EQ(simulator.now(), begun) << "nothing waits";
  EXPECT_EQ(say(leaf::puback(1) + leaf::disconnect()), "");
  EXPECT_TRUE(ended);
  EXPECT_TRUE(journal.events.empty());
}

TEST_F(EndpointTest, a_cautious_leaf_polls) {
  say(java());
  EXPECT_EQ(say(leaf::publish(leaf::register_topic("1"), "", 1, 2)),
            leaf::puback(2) + response(202, "1&retry-after=3", assigning, 1));
  EXPECT_EQ(say(leaf::publish(leaf::poll_topic("2", operation), "", 1, 3), seconds(3)),
            leaf::puback(3) + response(200, "2", assigned, 2));
  EXPECT_FALSE(ended) << "the leaf ends it, not the gateway";
}

TEST_F(EndpointTest, a_qos_0_request_waits_for_its_answer) {
  say(java());
  EXPECT_EQ(say(leaf::publish(leaf::register_topic("1"), ""), Millis(59)), "");
  EXPECT_NE(say("", Millis(1)), "");
  registrar.latency = Millis(55);
  EXPECT_EQ(say(leaf::publish(leaf::register_topic("2"), ""), Millis(59)), "");
  EXPECT_NE(say("", Millis(1)), "") << "the registrar's own time counts";
}

TEST_F(EndpointTest, a_poll_while_assigning_names_the_registration) {
  say(greeting());
  Answer waits;
  waits.status = 202;
  waits.operation = *OperationId::parse(operation);
  registrar.trouble = waits;
  EXPECT_EQ(
      say(leaf::publish(leaf::poll_topic("7", operation), " ")),
      response(
          202, "7",
          R"({"operationId":")" + operation +
              R"(","status":"assigning","registrationState":{"registrationId":"leaf-1","status":"assigning"}})",
          1));
}

// Only on its connection it hears the end: its next one would bring another token, and wait anew.
TEST_F(EndpointTest, a_leaf_that_polls_is_kept_while_the_service_is_asked_for_it) {
  for (const Reason why : {Reason::relayed, Reason::trust_pending}) {
    restart();
    say(greeting());
    Answer waits;
    waits.status = 202;
    waits.operation = *OperationId::parse(operation);
    waits.reason = why;
    registrar.trouble = waits;
    say(leaf::publish(leaf::register_topic("1"), "{}"));
    for (int i = 0; i < 30 && !ended; ++i)
      say(leaf::publish(leaf::poll_topic("2", operation), ""), seconds(4));
    EXPECT_EQ(ended, why != Reason::relayed) << "whoever waits for anything else has half a minute";
    say("", seconds(33));
    EXPECT_TRUE(ended) << "and who is silent as well";
  }
}

TEST_F(EndpointTest, where_its_hub_is_found_stands_in_the_payload) {
  say(greeting());
  Answer known;
  known.status = 200;
  known.operation = *OperationId::parse(operation);
  known.registration_status = RegistrationStatus::assigned;
  known.state = "{}";
  known.gateway_host_name = "gw.site";
  registrar.trouble = known;
  EXPECT_NE(say(leaf::publish(leaf::register_topic("1"), ""))
                .find(R"("registrationState":{"payload":{"gatewayHostName":"gw.site"}}})"),
            std::string::npos);
}

TEST_F(EndpointTest, an_error_is_told_as_dps_tells_it) {
  say(greeting());
  registrar.good_token = "another";
  EXPECT_EQ(say(leaf::publish(leaf::register_topic("1"), "{}")),
            response(401, "1",
                     R"({"errorCode":401000,"trackingId":"00010203-0405-4607-8809-0a0b0c0d0e0f",)"
                     R"("message":"Unauthorized","timestampUtc":"2027-01-15T08:00:00.0000000Z"})",
                     1));
}

TEST_F(EndpointTest, a_request_that_cannot_be_read_is_answered_without_the_registrar) {
  say(greeting());
  const auto heard = say(leaf::publish(leaf::register_topic("1"), "{", 1, 9));
  EXPECT_EQ(heard.substr(0, 4), leaf::puback(9));
  EXPECT_NE(heard.find("$dps/registrations/res/400/?$rid=1"), std::string::npos);
  EXPECT_NE(heard.find(R"("errorCode":400000)"), std::string::npos);
  EXPECT_TRUE(registrar.attempts.empty());
}

TEST_F(EndpointTest, a_request_tells_the_name_it_came_by) {
  say(greeting() + leaf::publish(leaf::register_topic("1"), ""));
  ASSERT_EQ(registrar.attempts.size(), 1U);
  EXPECT_EQ(registrar.attempts[0].server_name, "dps.site");
}

TEST_F(EndpointTest, who_shows_a_certificate_has_its_connack_when_it_is_let_in) {
  shown = std::make_shared<const crypto::CertificateChain>();
  registrar.latency = Millis(20);
  restart();
  EXPECT_EQ(say(certificate_greeting(), Millis(19)), "");
  EXPECT_EQ(say("", Millis(1)), greeted());
  ASSERT_EQ(registrar.attempts.size(), 1U);
  EXPECT_TRUE(registrar.attempts[0].knock);
  EXPECT_EQ(registrar.attempts[0].server_name, "dps.site");
}

TEST_F(EndpointTest, who_is_sent_elsewhere_sees_its_connection_end) {
  shown = std::make_shared<const crypto::CertificateChain>();
  registrar.sends_elsewhere = true;
  restart();
  EXPECT_EQ(say(certificate_greeting()), "");
  EXPECT_TRUE(ended);
  EXPECT_EQ(ended_after, Millis(0));
  EXPECT_TRUE(journal.events.empty());
}

TEST_F(EndpointTest, a_refused_connect_is_said_before_the_end) {
  leaf::Connect connect;
  connect.client_id = "leaf-2";
  EXPECT_EQ(say(leaf::connect(connect)), leaf::hex("20 02 00 05"));
  EXPECT_TRUE(ended);
  EXPECT_EQ(journal.events.size(), 1U);
}

TEST_F(EndpointTest, silence_ends_a_connection_by_what_it_has_shown) {
  const struct {
    std::string said;
    std::string token;
    int seconds;
    std::size_t events;
    const char* step;
  } rows[] = {
      {"", "", 2, 0, "told by net"},
      {leaf::connect().substr(0, 20), "", 2, 1, "tls"},
      {leaf::connect(), "", 5, 1, "connect"},
      {greeting(), "", 5, 1, "subscribe"},
      {greeting() + leaf::publish(leaf::register_topic("1"), ""), "another", 5, 0, ""},
      {greeting() + leaf::publish(leaf::register_topic("1"), ""), registrar.good_token, 120, 0, ""},
  };
  for (const auto& row : rows) {
    journal.events.clear();
    registrar.good_token = row.token;
    restart();
    say(row.said, seconds(200));
    EXPECT_TRUE(ended);
    EXPECT_EQ(ended_after, seconds(row.seconds)) << row.step;
    ASSERT_EQ(journal.events.size(), row.events) << row.step;
    if (row.events > 0) {
      EXPECT_EQ(journal.events[0].reason, Reason::silent);
      EXPECT_EQ(journal.events[0].step, row.step);
    }
  }
}

TEST_F(EndpointTest, pings_hold_a_proven_connection_and_no_other) {
  leaf::Connect connect;
  connect.keep_alive = 20;
  for (const bool proven : {true, false}) {
    registrar.good_token = proven ? *connect.password : "another";
    restart();
    say(leaf::connect(connect) + leaf::subscribe(1) + leaf::publish(leaf::register_topic("1"), ""));
    for (int i = 0; i < 10; ++i) say(leaf::pingreq(), seconds(20));
    EXPECT_EQ(ended, !proven);
    simulator.run_for(seconds(31));
    EXPECT_TRUE(ended) << "one and a half times the keep-alive";
  }
}

TEST_F(EndpointTest, who_only_pings_and_subscribes_is_gone_five_seconds_after_its_handshake) {
  say(greeting());
  for (int i = 0; i < 20; ++i) say(leaf::pingreq() + leaf::subscribe(1), Millis(400));
  EXPECT_TRUE(ended);
  EXPECT_EQ(ended_after, seconds(5));
}

TEST_F(EndpointTest, a_proof_left_open_is_waited_for_longer) {
  for (const int status : {202, 429, 503}) {
    registrar.trouble = FakeRegistrar::refused(status, 0, "");
    restart();
    say(greeting() + leaf::publish(leaf::register_topic("1"), ""), seconds(200));
    EXPECT_EQ(ended_after, seconds(32)) << status;
  }
}

TEST_F(EndpointTest, a_slow_registrar_is_waited_for) {
  say(greeting(), seconds(4));
  registrar.latency = seconds(5);
  EXPECT_NE(say(leaf::publish(leaf::register_topic("1"), ""), seconds(6)), "")
      << "the time to prove oneself does not run while the gateway works";
}

TEST_F(EndpointTest, a_leaf_that_does_not_read_is_not_waited_for) {
  net::MemoryStream::Options narrow;
  narrow.capacity = 64;
  restart(narrow);
  simulator.spawn(write(greeting() + leaf::publish(leaf::register_topic("1"), "")));
  simulator.run_for(seconds(60));
  EXPECT_TRUE(ended);
  EXPECT_EQ(ended_after, seconds(15));
  ASSERT_EQ(journal.events.size(), 1U);
  EXPECT_NE(journal.events[0].detail.find("before an answer was written"), std::string::npos);
}

TEST_F(EndpointTest, the_daemons_stop_is_nobodys_fault) {
  say(greeting());
  gateway->expire(Errc::stopped);
  simulator.run_until_idle();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(journal.events.empty());
}

TEST_F(EndpointTest, a_connection_that_was_taken_over_ends_without_a_word) {
  say(java());
  say(leaf::publish(leaf::register_topic("1"), ""), Millis(100));
  const auto presence = registrar.attempts.back().presence;
  ASSERT_TRUE(presence);
  presence->take_over();
  EXPECT_EQ(say("", Millis(0)), "");
  EXPECT_TRUE(ended);
  EXPECT_TRUE(journal.events.empty()) << "who took it over is told of elsewhere";
  restart();
  presence->take_over();
  EXPECT_NE(say(java()), "") << "one that has ended is nobody's";
}

TEST_F(EndpointTest, an_answer_on_its_way_to_one_that_was_taken_over_is_not_written) {
  say(greeting());
  registrar.latency = seconds(1);
  say(leaf::publish(leaf::register_topic("1"), ""));
  registrar.attempts.back().presence->take_over();
  EXPECT_EQ(say("", seconds(2)), "");
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace leafgate::endpoint_test
