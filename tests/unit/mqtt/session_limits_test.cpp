#include <gtest/gtest.h>

#include "tests/unit/mqtt/talk.hpp"

// What a session takes of memory and time, and that the cuts between reads do not matter.
namespace leafgate::session_limits_test {
namespace {

using std::chrono::seconds;

TEST(SessionRoom, stays_small_while_little_is_awaited) {
  Talk talk;
  EXPECT_EQ(talk.session.room().size(), 512U);
  (void)talk.say(leaf::connect() + leaf::subscribe(1));
  EXPECT_EQ(talk.session.room().size(), 256U);
  const auto large = leaf::publish(leaf::register_topic("1"), std::string(16000, ' '));
  (void)talk.say(large.substr(0, 600));
  EXPECT_GE(talk.session.room().size(), large.size() - 600) << "the rest of a packet is read in one go";
  EXPECT_NE(talk.say(large.substr(600)), "");
  EXPECT_EQ(talk.session.room().size(), 256U);
}

TEST(SessionRoom, is_bounded_by_the_caps_whatever_a_packet_claims) {
  Talk talk;
  (void)talk.say(leaf::connect());
  (void)talk.say(leaf::hex("30 ff ff 0f"));
  EXPECT_LE(talk.session.room().size(), 16384U);
  Talk before;
  EXPECT_EQ(before.say(leaf::hex("10 ff ff 0f")), "");
  EXPECT_TRUE(before.closed) << "before CONNECT nothing above 4 KiB is waited for";
}

TEST(SessionSplits, do_not_matter) {
  const std::string dialogue = leaf::connect() + leaf::subscribe(1) +
                               leaf::publish(leaf::register_topic("1"), "{}", 1, 2) + leaf::puback(1) +
                               leaf::publish(leaf::register_topic("2"), std::string(17000, 'x'), 1, 3) +
                               leaf::pingreq() + leaf::publish(leaf::register_topic("3"), "") +
                               leaf::unsubscribe(4) + leaf::disconnect();
  Talk whole;
  const auto heard = whole.say(dialogue);
  EXPECT_TRUE(whole.closed);
  for (const std::size_t step : {1U, 2U, 3U, 7U, 64U, 511U, 513U, 4096U}) {
    Talk split;
    std::string parts;
    for (std::size_t at = 0; at < dialogue.size(); at += step) parts += split.say(dialogue.substr(at, step));
    EXPECT_EQ(parts, heard) << step;
    EXPECT_TRUE(split.closed) << step;
  }
}

TEST(SessionTime, runs_by_what_the_leaf_has_shown) {
  const TimePoint begun{};
  const TimePoint later = begun + seconds(1);
  const struct {
    std::uint16_t keep_alive;
    seconds unproven, proven;  // from `later`
  } rows[] = {
      {0, seconds(4), seconds(120)},   {1, std::chrono::seconds(1), seconds(1)},
      {60, seconds(4), seconds(90)},   {180, seconds(4), seconds(270)},
      {230, seconds(4), seconds(270)}, {65535, seconds(4), seconds(270)},
  };
  for (const auto& row : rows) {
    Talk talk;
    EXPECT_EQ(talk.session.read_deadline(begun, begun), begun + seconds(2));
    leaf::Connect connect;
    connect.keep_alive = row.keep_alive;
    (void)talk.say(leaf::connect(connect) + leaf::subscribe(1));
    EXPECT_EQ(std::chrono::floor<seconds>(talk.session.read_deadline(begun, later) - later), row.unproven);
    (void)talk.say(leaf::publish(leaf::register_topic("1"), ""));
    EXPECT_EQ(std::chrono::floor<seconds>(talk.session.read_deadline(begun, later) - later), row.proven);
  }
}

TEST(SessionTime, a_refused_proof_gains_none) {
  Talk talk;
  talk.registrar.good_token = "another";
  (void)talk.say(leaf::connect() + leaf::subscribe(1) + leaf::publish(leaf::register_topic("1"), ""));
  const TimePoint later = TimePoint{} + seconds(4);
  EXPECT_EQ(talk.session.read_deadline(TimePoint{}, later), TimePoint{} + seconds(5));
}

// Opening it takes a TPM up to seconds; the one challenge costs the leaf nothing, the next ones do.
TEST(SessionTime, a_challenge_gives_the_time_to_open_it_and_does_not_count_as_refused) {
  mqtt::Limits limits;
  limits.refused_requests = 1;
  Talk talk(limits);
  Answer challenge = FakeRegistrar::refused(401, 401000, "Authorization required");
  challenge.authentication_key = "ADQA";
  talk.registrar.trouble = challenge;
  leaf::Connect connect;
  connect.password = std::nullopt;
  (void)talk.say(leaf::connect(connect) + leaf::subscribe(1));
  EXPECT_EQ(talk.say(leaf::publish(leaf::register_topic("1"), "{}")), Talk::hears(401, "1", 1, 1));
  EXPECT_FALSE(talk.closed);
  EXPECT_EQ(talk.session.read_deadline(TimePoint{}, TimePoint{}),
            TimePoint{} + limits.connect + limits.authentication);
  (void)talk.say(leaf::publish(leaf::register_topic("2"), "{}"));
  EXPECT_TRUE(talk.closed);
}

TEST(SessionCost, is_bounded) { EXPECT_LE(sizeof(mqtt::Session), 400U); }

}  // namespace
}  // namespace leafgate::session_limits_test
