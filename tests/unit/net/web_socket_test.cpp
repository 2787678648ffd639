#include "gateway/net/web_socket.hpp"

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/scripted_stream.hpp"

namespace leafgate::net::web_socket_test {
namespace {

// Gives back what it hears, and remembers it.
struct EchoHandler final : StreamHandler {
  Task<void> serve(Stream& stream, PeerInfo) override {
    Bytes octets(64);
    for (;;) {
      auto count = co_await stream.read_some(octets);
      ended_by = count ? Errc::internal : count.error().code;
      if (!count || *count == 0) break;
      heard += as_text(ByteView(octets).first(*count));
      auto written = co_await stream.write(ByteView(octets).first(*count));
      if (!written) break;
    }
    stream.close();
  }
  std::string heard;
  Errc ended_by = Errc::internal;
};

constexpr int text = 1;
constexpr int binary = 2;
constexpr int closing = 8;
constexpr int ping = 9;

// A frame as a client sends it, masked (RFC 6455 §5.2).
std::string frame(int opcode, const std::string& payload, bool last = true) {
  const std::string mask = "\x01\x02\x03\x04";
  std::string out;
  out += static_cast<char>((last ? 0x80 : 0) | opcode);
  if (payload.size() < 126) {
    out += static_cast<char>(0x80U | payload.size());
  } else {
    out += static_cast<char>(0x80U | 126U);
    out += static_cast<char>(payload.size() >> 8U);
    out += static_cast<char>(payload.size() & 0xFFU);
  }
  out += mask;
  for (std::size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i % 4]);
  return out;
}

struct Talk {
  EchoHandler handler;
  std::string answered;  // behind the opening handshake
  bool closed = false;
};

Talk talk(std::deque<std::string> frames, std::string unread = {}) {
  Simulator sim(1);
  Talk out;
  ScriptedStream stream(std::move(frames));
  WebSocketRequest request;
  request.key = "dGhlIHNhbXBsZSBub25jZQ==";
  request.protocol = "mqtt";
  sim.run(serve_web_socket(stream, request, std::move(unread), out.handler, PeerInfo()));
  const std::size_t head = stream.written.find("\r\n\r\n");
  if (head != std::string::npos) out.answered = stream.written.substr(head + 4);
  out.closed = stream.closed;
  return out;
}

TEST(WebSocket, octets_of_binary_messages_come_in_order_and_go_back_unmasked) {
  const Talk got = talk({frame(binary, "abc") + frame(binary, "de")});
  EXPECT_EQ(got.handler.heard, "abcde");
  EXPECT_EQ(got.answered.substr(0, 9), std::string("\x82\x03") + "abc" + "\x82\x02" + "de");
}

TEST(WebSocket, a_message_may_come_in_fragments_cut_anywhere) {
  const std::string wire = frame(binary, std::string(300, 'x'), false) + frame(0, "yz");
  for (std::size_t cut = 1; cut < wire.size(); cut += 7)
    EXPECT_EQ(talk({wire.substr(0, cut), wire.substr(cut)}).handler.heard, std::string(300, 'x') + "yz")
        << cut;
}

TEST(WebSocket, a_ping_is_answered_while_the_handler_listens) {
  const Talk got = talk({frame(ping, "hi"), frame(binary, "a")});
  EXPECT_TRUE(got.answered.starts_with(std::string("\x8A\x02") + "hi"));
  EXPECT_EQ(got.handler.heard, "a");
}

TEST(WebSocket, the_closing_handshake_is_an_orderly_end) {
  const Talk got = talk({frame(binary, "a"), frame(closing, std::string("\x03\xE8", 2))});
  EXPECT_EQ(got.handler.heard, "a");
  EXPECT_EQ(got.handler.ended_by, Errc::internal) << "the handler saw an end, not an error";
  EXPECT_NE(got.answered.find(std::string("\x88\x02\x03\xE8", 4)), std::string::npos);
  EXPECT_TRUE(got.closed);
}

TEST(WebSocket, what_breaks_the_protocol_ends_the_session) {
  struct Row {
    const char* why;
    std::string octets;
  };
  const std::string unmasked(
      "\x82\x01"
      "a",
      3);
  for (const Row& row : {Row{"a text message", frame(text, "abc")}, Row{"a frame without mask", unmasked},
                         Row{"an unknown opcode", frame(3, "a")}, Row{"a fragment of nothing", frame(0, "a")},
                         Row{"a long ping", frame(ping, std::string(126, 'p'))}, Row{"no goodbye", ""}}) {
    const Talk got = talk({row.octets});
    EXPECT_EQ(got.handler.ended_by, Errc::unreachable) << row.why;
    EXPECT_EQ(got.handler.heard, "") << row.why;
  }
}

TEST(WebSocket, a_text_message_is_told_what_was_wrong) {
  EXPECT_EQ(talk({frame(text, "abc")}).answered, std::string("\x88\x02\x03\xEB", 4)) << "1003";
}

TEST(WebSocket, a_client_that_sends_before_it_is_accepted_is_not_served) {
  const Talk got = talk({}, frame(binary, "early"));
  EXPECT_EQ(got.handler.heard, "");
  EXPECT_EQ(got.answered, "");
}

}  // namespace
}  // namespace leafgate::net::web_socket_test
