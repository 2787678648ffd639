#include "adapters/serial/station.hpp"

#include <gtest/gtest.h>

#include "tests/unit/serial/hex.hpp"

namespace leafgate::serial::station_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A leaf at address 5 as the gateway sees it, and what the test lets it answer.
class Asked : public testing::Test {
 protected:
  static Hello hello() {
    Hello hello;
    hello.mtu = 128;
    return hello;
  }
  static std::shared_ptr<Carrier> make_carrier() {
    Source source;
    source.address = "line1/5";
    return std::make_shared<Carrier>(source, "serial/line1", [] {});
  }

  FrameType ask() { return (question = station.ask(number)).type; }
  std::optional<Bytes> answer(FrameType type, std::string_view payload = "", std::uint8_t index = 0,
                              bool more = false) {
    Frame frame = make_question(type, 5, question.number);
    frame.direction = Direction::to_gateway;
    frame.payload = from_hex(payload);
    frame.fragment = index;
    frame.more = more;
    now += milliseconds(5);
    return station.answered(frame, now);
  }
  void ask_and_hear(FrameType asked, FrameType answered, std::string_view payload = "") {
    ASSERT_EQ(ask(), asked);
    EXPECT_FALSE(answer(answered, payload).has_value());
  }
  [[nodiscard]] LoopClock::duration pause() const { return station.due(seconds(1)) - now; }

  std::shared_ptr<Carrier> carrier = make_carrier();
  Station station{5, hello(), Quality(), carrier};
  std::uint8_t number = 250;
  Frame question;
  TimePoint now = TimePoint(std::chrono::hours(1));
};

TEST_F(Asked, is_polled_at_once_and_then_rarely_while_it_has_nothing_to_say) {
  EXPECT_LE(station.due(seconds(1)), now);
  ask_and_hear(FrameType::poll, FrameType::ack);
  EXPECT_EQ(pause(), seconds(1));
  EXPECT_FALSE(station.is_open(now));
}

TEST_F(Asked, is_asked_the_same_until_it_answers_and_then_by_the_next_number) {
  ask();
  const Frame first = question;
  for (int i = 1; i < most_tries; ++i) {
    ASSERT_TRUE(station.unanswered());
    ask();
    ASSERT_TRUE(question.number == first.number && question.type == first.type);
  }
  EXPECT_EQ(station.retries(), 6U);
  answer(FrameType::ack);
  for (int i = 0; i < 300; ++i) {
    const std::uint8_t before = question.number;
    ask();
    ASSERT_EQ(question.number, static_cast<std::uint8_t>(before + 1));
    answer(FrameType::ack);
  }
}

TEST_F(Asked, is_lost_with_the_seventh_try) {
  for (int i = 0; i < most_tries - 1; ++i) {
    ask();
    ASSERT_TRUE(station.unanswered());
  }
  ask();
  EXPECT_FALSE(station.unanswered());
}

TEST_F(Asked, says_a_message_in_fragments_and_has_the_last_one_confirmed_before_it_is_told_something) {
  carrier->send(Bytes(3, 7));
  ASSERT_EQ(ask(), FrameType::data) << "it has said nothing yet";
  answer(FrameType::ack);
  ask();
  EXPECT_FALSE(answer(FrameType::data, "0102", 0, true).has_value());
  carrier->send(Bytes(3, 7));
  ASSERT_EQ(ask(), FrameType::poll);
  EXPECT_EQ(answer(FrameType::data, "03", 1), from_hex("010203"));
  EXPECT_LE(pause(), LoopClock::duration::zero());
  ASSERT_EQ(ask(), FrameType::poll) << "which confirms";
  answer(FrameType::ack);
  EXPECT_EQ(ask(), FrameType::data);
}

TEST_F(Asked, is_cut_in_on_when_it_always_has_more_to_say) {
  ask();
  EXPECT_TRUE(answer(FrameType::data, "01").has_value());
  carrier->send(Bytes(200, 7));
  ASSERT_EQ(ask(), FrameType::poll);
  EXPECT_TRUE(answer(FrameType::data, "02").has_value());
  ask_and_hear(FrameType::data, FrameType::ack);
  EXPECT_EQ(question.payload.size(), 128U);
  ask_and_hear(FrameType::data, FrameType::ack);
  EXPECT_EQ(question.payload.size(), 72U);
  EXPECT_EQ(ask(), FrameType::poll);
}

TEST_F(Asked, is_left_alone_for_as_long_as_it_is_busy_and_then_polled) {
  carrier->send(Bytes(3, 7));
  ask_and_hear(FrameType::data, FrameType::nak, "01e803");
  EXPECT_EQ(pause(), seconds(1));
  EXPECT_TRUE(station.is_open(now));
  ask_and_hear(FrameType::poll, FrameType::nak, "016400");
  EXPECT_EQ(pause(), milliseconds(100));
  ask_and_hear(FrameType::poll, FrameType::ack);
  ask_and_hear(FrameType::data, FrameType::ack);
  EXPECT_EQ(question.payload, Bytes(3, 7)) << "what it did not take is said again";
}

TEST_F(Asked, is_told_a_message_again_from_the_start_three_times_when_it_finds_it_out_of_order) {
  carrier->send(Bytes(200, 7));
  for (int i = 0; i < 4; ++i) {
    ask_and_hear(FrameType::data, FrameType::ack);
    ASSERT_EQ(question.fragment, 0);
    ask_and_hear(FrameType::data, FrameType::nak, "03");
    ASSERT_EQ(question.fragment, 1);
  }
  EXPECT_EQ(ask(), FrameType::poll) << "the message is given up";
}

TEST_F(Asked, is_spared_a_message_that_is_too_large_for_it) {
  carrier->send(Bytes(200, 7));
  carrier->send(Bytes(2, 8));
  ask_and_hear(FrameType::data, FrameType::nak, "02");
  ask_and_hear(FrameType::data, FrameType::ack);
  EXPECT_EQ(question.payload, Bytes(2, 8));
}

TEST_F(Asked, is_reset_when_the_two_ends_do_not_agree) {
  ask();
  EXPECT_FALSE(answer(FrameType::data, "01", 3).has_value());
  ask_and_hear(FrameType::reset, FrameType::ack);
  ask();
  EXPECT_TRUE(answer(FrameType::data, "01", 0).has_value());
  EXPECT_FALSE(station.is_broken());
}

TEST_F(Asked, is_broken_when_resets_do_not_help) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_FALSE(station.is_broken());
    ask();
    answer(FrameType::data, "01", 3);
    ask_and_hear(FrameType::reset, FrameType::ack);
  }
  EXPECT_TRUE(station.is_broken());
}

TEST_F(Asked, is_polled_at_growing_intervals_while_it_may_still_say_something) {
  ask();
  answer(FrameType::data, "01");
  LoopClock::duration longest{};
  const TimePoint spoke = now;
  while (now - spoke < seconds(19)) {
    ask_and_hear(FrameType::poll, FrameType::ack);
    const LoopClock::duration next = pause();
    ASSERT_LE(next, std::max<LoopClock::duration>((now - spoke) / 8, milliseconds(1)));
    ASSERT_TRUE(station.is_open(now));
    longest = std::max(longest, next);
    now += next;
  }
  EXPECT_EQ(longest, milliseconds(100));
  now += seconds(2);
  ask_and_hear(FrameType::poll, FrameType::ack);
  EXPECT_EQ(pause(), seconds(1));
  EXPECT_FALSE(station.is_open(now));
}

TEST_F(Asked, begins_a_message_anew_when_it_got_its_address_again) {
  carrier->send(Bytes(200, 7));
  ask_and_hear(FrameType::data, FrameType::ack);
  station.unseat();
  EXPECT_EQ(station.due(seconds(1)), TimePoint::max());
  station.renew(hello());
  ask_and_hear(FrameType::data, FrameType::ack);
  EXPECT_EQ(question.fragment, 0);
}

TEST(Quality, falls_above_three_in_a_hundred_and_comes_back_below_one) {
  Quality quality;
  for (int i = 0; i < 1000; ++i) quality.tried(i % 50 != 0);
  EXPECT_FALSE(quality.is_poor()) << "two in a hundred";
  for (int i = 0; i < 1000; ++i) quality.tried(i % 20 != 0);
  EXPECT_TRUE(quality.is_poor());
  for (int i = 0; i < 3000; ++i) quality.tried(true);
  EXPECT_FALSE(quality.is_poor());
}

TEST(Carrier, keeps_the_newest_of_too_much_mail_and_nothing_that_does_not_fit) {
  int woken = 0;
  Carrier carrier(Source(), "serial/line1", [&] { ++woken; });
  for (std::uint8_t i = 0; i < 10; ++i) carrier.send(Bytes(1, i));
  EXPECT_EQ(woken, 10);
  EXPECT_EQ(carrier.take(), Bytes(1, 2));
  carrier.send(Bytes());
  carrier.send(Bytes(most_to_leaf + 1, 1));
  EXPECT_EQ(woken, 10);
  carrier.close();
  EXPECT_FALSE(carrier.is_there());
  EXPECT_FALSE(carrier.has_mail());
  carrier.send(Bytes(1, 1));
  EXPECT_FALSE(carrier.has_mail());
}

}  // namespace
}  // namespace leafgate::serial::station_test
