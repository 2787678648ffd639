// A tunnel whose leaf is kept out ends at once, wherever it is.
#include <gtest/gtest.h>

#include "tests/unit/net/hello_bytes.hpp"
#include "tests/unit/tunnel/handshake.hpp"
#include "tests/unit/tunnel/tunnel_fixture.hpp"

namespace leafgate::tunnel::cut_test {
namespace {

using namespace std::chrono_literals;
using net::BlockingClient;

constexpr auto at_once = 1s;

class CutTest : public TunnelTest {
 protected:
  std::shared_ptr<Presence> taken() {
    const auto all = passes_.taken();
    return all.empty() ? nullptr : all.back().connection;
  }
  void expect_end(const BlockingClient& leaf, TimePoint since) {
    EXPECT_TRUE(leaf.reads_to_end());
    EXPECT_LT(LoopClock::now() - since, at_once);
  }
};

TEST_F(CutTest, both_sides_end_and_nobody_learns_from_it) {
  passes_.give("127.0.0.1", "press-7");
  start();
  const std::string hello(as_text(net::hello_bytes(dps)));
  const BlockingClient leaf(port_);
  leaf.send(hello);
  const net::OwnedDescriptor far = far_.accept();
  EXPECT_EQ(hear(far.get(), hello.size()).size(), hello.size());
  say(far.get(), "hello");
  EXPECT_EQ(hear(leaf.fd(), 5), "hello");
  const TimePoint begin = LoopClock::now();
  taken()->take_over();
  expect_end(leaf, begin);
  EXPECT_EQ(hear(far.get(), 1), "");
  EXPECT_EQ(event().reason, Reason::denied);
  EXPECT_EQ(event().claimed_id, "press-7");
  EXPECT_EQ(event().detail,
            "ended here: its leaf, or one that it may be, is kept out, asked for dps.example");
  stop();
  EXPECT_TRUE(passes_.sessions().empty()) << "it says nothing of the service";
}

TEST_F(CutTest, a_leaf_does_not_wait_for_what_is_dialled) {
  const auto silent = net::open_listening("127.0.0.1:0", {});
  proxy_ = net::ProxyServer{"127.0.0.1", net::bound_port(silent->get()), ""};  // it never answers
  limits_.dial = Millis(3'000);
  rules_.server_names.emplace_back(unplaced);
  passes_.give("127.0.0.1", "press-7");
  start();
  const BlockingClient leaf(port_);
  leaf.send(as_text(net::hello_bytes(unplaced)));
  while (endpoint_->counts().open < 1) std::this_thread::yield();
  const TimePoint begin = LoopClock::now();
  taken()->take_over();
  expect_end(leaf, begin);
  EXPECT_EQ(event().reason, Reason::denied) << "the service is not blamed";
  EXPECT_TRUE(passes_.sessions().empty());
}

TEST_F(CutTest, one_that_has_ended_is_not_touched) {
  passes_.give("127.0.0.1", "press-7");
  start();
  {
    const BlockingClient leaf(port_);
    leaf.send(as_text(net::hello_bytes(dps)));
    const net::OwnedDescriptor far = far_.accept();
  }
  ASSERT_EQ(passes_.sessions(1).size(), 1U);
  taken()->take_over();
  stop();
}

TEST_F(CutTest, what_passes_in_clear_is_told_so_that_it_can_be_ended) {
  always_pass();
  start();
  const Conversation conversation({.version = TLS1_2_VERSION});
  const BlockingClient leaf(port_);
  net::OwnedDescriptor far;
  for (const auto& piece : conversation.pieces()) {
    say(piece.from == Side::leaf ? leaf.fd() : far.get(), piece.octets);
    if (far.get() < 0) far = far_.accept();
    const int to = piece.from == Side::leaf ? far.get() : leaf.fd();
    ASSERT_EQ(hear(to, piece.octets.size()).size(), piece.octets.size());
  }
  const auto shown = passes_.shown(1);
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0].name, "press-7");
  const TimePoint begin = LoopClock::now();
  shown[0].connection->take_over();
  expect_end(leaf, begin);
  EXPECT_EQ(event().claimed_id, "press-7");
}

}  // namespace
}  // namespace leafgate::tunnel::cut_test
