#include "gateway/net/client_hello.hpp"

#include <gtest/gtest.h>

#include "tests/unit/net/hello_bytes.hpp"

namespace leafgate::net::client_hello_test {
namespace {

using State = ClientHello::State;
constexpr std::size_t limit = 4096;

TEST(ClientHello, finds_the_server_name_in_lower_case) {
  const auto hello = parse_client_hello(hello_bytes("Gw12.Plant-3.example."), limit);
  EXPECT_EQ(hello.state, State::complete);
  EXPECT_EQ(hello.server_name, "gw12.plant-3.example");
}

TEST(ClientHello, without_a_name_is_complete_too) {
  const auto hello = parse_client_hello(hello_bytes("", 0, 10), limit);
  EXPECT_EQ(hello.state, State::complete);
  EXPECT_EQ(hello.server_name, "");
}

TEST(ClientHello, every_prefix_wants_more_and_never_more_than_there_will_be) {
  for (const std::size_t fragment : {0U, 1U, 3U, 50U}) {
    const Bytes all = hello_bytes("gw.example", fragment);
    for (std::size_t size = 0; size < all.size(); ++size) {
      const auto hello = parse_client_hello(ByteView(all).first(size), limit);
      ASSERT_EQ(hello.state, State::more) << size;
      ASSERT_GT(hello.need, size);
      ASSERT_LE(hello.need, all.size());
    }
    EXPECT_EQ(parse_client_hello(all, limit).server_name, "gw.example");
  }
}

TEST(ClientHello, does_not_mind_what_follows_it) {
  Bytes all = hello_bytes("gw.example");
  all.insert(all.end(), {20, 3, 3, 0, 1, 1});
  EXPECT_EQ(parse_client_hello(all, limit).state, State::complete);
}

TEST(ClientHello, speaks_no_other_protocol) {
  for (const std::string_view text :
       {"GET / HTTP/1.1\r\n", "AMQP\x03", "\x10\x1a", "SSH-2.0-x", "\x16\x02"}) {
    EXPECT_EQ(parse_client_hello(as_bytes(text), limit).state, State::not_tls) << text;
  }
}

TEST(ClientHello, other_records_and_lengths_are_malformed) {
  const Bytes good = hello_bytes("gw.example");
  struct Row {
    const char* what;
    std::size_t at;
    std::uint8_t value;
  };
  const Row rows[] = {
      {"server hello", 5, 2},
      {"record longer than allowed", 3, 0x41},
      {"session id longer than the message", 43, 0xff},
      {"session id of 33", 43, 33},
      {"odd cipher suites", 45, 3},
      {"extensions longer than the message", 50, 0xff},
      {"server name extension too short", 56, 3},
  };
  for (const Row& row : rows) {
    Bytes bad = good;
    bad[row.at] = row.value;
    EXPECT_EQ(parse_client_hello(bad, limit).state, State::malformed) << row.what;
  }
  EXPECT_EQ(parse_client_hello(hello_bytes("a b"), limit).state, State::malformed);
  EXPECT_EQ(parse_client_hello(hello_bytes(std::string(256, 'a')), limit).state, State::malformed);
  EXPECT_EQ(parse_client_hello(Bytes{22, 3, 1, 0, 0}, limit).state, State::malformed) << "empty record";
}

TEST(ClientHello, is_bounded) {
  const Bytes big = hello_bytes("gw.example", 0, 5000);
  EXPECT_EQ(parse_client_hello(ByteView(big).first(5), limit).state, State::too_large);
  EXPECT_EQ(parse_client_hello(big, 16384).state, State::complete);
  const Bytes fragments = hello_bytes("gw.example", 1, 1000);
  EXPECT_EQ(parse_client_hello(fragments, limit).state, State::too_large) << "headers count too";
}

}  // namespace
}  // namespace leafgate::net::client_hello_test
