#include "tests/standin/web_socket_talk.hpp"

#include <gtest/gtest.h>

#include "tests/standin/test/client_frame.hpp"

namespace leafgate::standin {
namespace {

using namespace std::string_literals;
using namespace std::chrono_literals;
using Opcode = WebSocketFrame::Opcode;

// Says each line back, and "ok" before it at once; "bye" closes, "half" cuts its answer.
class Echo final : public Talk {
 public:
  std::optional<Step> next(std::string& input) override {
    const std::size_t end = input.find('\n');
    if (end == std::string::npos) return std::nullopt;
    const std::string line = input.substr(0, end);
    input.erase(0, end + 1);
    if (line == "bye") return Step{{}, {}, {}, Ending::close};
    return Step{"ok", 7ms, line, line == "half" ? Ending::reset_half : Ending::keep};
  }
  std::chrono::milliseconds patience() const override { return 90ms; }
};

struct WebSocketTalkCase : testing::Test {
  // The steps that a client's octets lead to.
  std::vector<Step> after(const std::string& octets) {
    input += octets;
    std::vector<Step> steps;
    while (auto step = talk->next(input)) {
      steps.push_back(*step);
      if (step->ending != Ending::keep) break;
    }
    return steps;
  }

  std::unique_ptr<Talk> talk = web_socket_talk([](const Peer&) { return std::make_unique<Echo>(); })({});
  std::string input;
};

void expect_close(const std::vector<Step>& steps, const std::string& payload) {
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].output, "\x88\x02"s + payload);
  EXPECT_EQ(steps[0].ending, Ending::close);
}

TEST_F(WebSocketTalkCase, carries_octets_both_ways_whatever_the_messages_are) {
  EXPECT_TRUE(after(client_frame(Opcode::binary, "on")).empty());
  const auto steps = after(client_frame(Opcode::binary, "e\ntwo\n"));
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].at_once, "\x82\x02ok");
  EXPECT_EQ(steps[0].delay, 7ms);
  EXPECT_EQ(steps[0].output, "\x82\x03one");
  EXPECT_EQ(steps[1].output, "\x82\x03two");
  EXPECT_EQ(talk->patience(), 90ms);
}

TEST_F(WebSocketTalkCase, takes_a_message_in_fragments_with_a_ping_between_them) {
  EXPECT_TRUE(after(client_frame(Opcode::binary, "o", false) + client_frame(Opcode::continuation, "n", false))
                  .empty());
  const auto between = after(client_frame(Opcode::ping, "still there?"));
  ASSERT_EQ(between.size(), 1U);
  EXPECT_EQ(between[0].at_once, "\x8a\x0cstill there?");
  EXPECT_TRUE(after(client_frame(Opcode::pong, "unasked")).empty());
  const auto steps = after(client_frame(Opcode::continuation, "e\n"));
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].output, "\x82\x03one");
}

TEST_F(WebSocketTalkCase, ends_as_what_it_carries_wants_to) {
  const auto steps = after(client_frame(Opcode::binary, "half\n"));
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].output, "\x82\x04half");
  EXPECT_EQ(steps[0].ending, Ending::reset_half);
}

TEST_F(WebSocketTalkCase, says_goodbye_and_waits_for_that_of_the_client) {
  const auto steps = after(client_frame(Opcode::binary, "bye\nlost\n"));
  ASSERT_EQ(steps.size(), 1U);
  EXPECT_EQ(steps[0].output, "\x88\x02\x03\xe8");
  EXPECT_EQ(steps[0].ending, Ending::keep);
  EXPECT_EQ(talk->patience(), 5s);
  EXPECT_TRUE(after(client_frame(Opcode::binary, "late\n") + client_frame(Opcode::ping, "")).empty());
  const auto end = after(client_frame(Opcode::close, "\x03\xe8"));
  ASSERT_EQ(end.size(), 1U);
  EXPECT_EQ(end[0].output, "");
  EXPECT_EQ(end[0].ending, Ending::close);
}

TEST_F(WebSocketTalkCase, answers_the_goodbye_of_the_client) {
  expect_close(after(client_frame(Opcode::close, "\x03\xe9moved")), "\x03\xe9");
}

TEST_F(WebSocketTalkCase, ends_with_the_code_of_what_was_wrong) {
  struct Row {
    std::string octets;
    std::string code;
  };
  for (const Row& row :
       {Row{client_frame(Opcode::text, "one\n"), "\x03\xeb"},
        Row{client_frame(Opcode::continuation, "x"), "\x03\xea"},
        Row{client_frame(Opcode::binary, "x", false) + client_frame(Opcode::binary, "y"), "\x03\xea"},
        Row{"\x82\x01x", "\x03\xea"}, Row{"\x82\xff\x7f" + std::string(11, '\0'), "\x03\xf1"}}) {
    talk = web_socket_talk([](const Peer&) { return std::make_unique<Echo>(); })({});
    input.clear();
    expect_close(after(row.octets), row.code);
  }
}

}  // namespace
}  // namespace leafgate::standin
