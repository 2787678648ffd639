// Connections that a route passes on without TLS of ours.
#include <gtest/gtest.h>

#include "tests/unit/net/hello_bytes.hpp"
#include "tests/unit/net/listener_fixture.hpp"

namespace leafgate::net::passing_test {
namespace {

using namespace std::chrono_literals;

// Says what it hears, once it has begun. "known" proves the peer.
class Mirror final : public StreamHandler {
 public:
  explicit Mirror(std::atomic<int>& alive) : alive_(alive) { ++alive_; }
  ~Mirror() override { --alive_; }

  Task<void> serve(Stream& stream, PeerInfo peer) override {
    EXPECT_EQ(peer.server_name, "far.example");
    Bytes part(4096);
    for (;;) {
      const auto count = co_await stream.read_some(part);
      if (!count || *count == 0) co_return;
      stream.expires_at(LoopClock::now() + 1h);
      const ByteView heard = ByteView(part).first(*count);
      if (as_text(heard) == "known") stream.authenticated();
      const auto written = co_await stream.write(heard);
      if (!written) co_return;
    }
  }

 private:
  std::atomic<int>& alive_;
};

class PassingTest : public ListenerTest {
 protected:
  ~PassingTest() override {
    stop();
    EXPECT_EQ(alive_, 0);
  }
  void start_passing(ListenerLimits limits = {}) {
    start(limits, [this](const PeerInfo& peer, std::size_t loop) {
      Route route;
      EXPECT_EQ(peer.address, "127.0.0.1");
      EXPECT_EQ(peer.local_port, port_);
      if (peer.server_name == "told.example") {
        route.told = true;
      } else if (peer.server_name == "far.example") {
        route.passage = std::make_unique<Mirror>(alive_);
      } else {
        route.handler = &handler_;
        route.tls = contexts_[loop];
      }
      return route;
    });
  }
  static std::string exact(const BlockingClient& from, std::size_t count) {
    std::string heard(count, '\0');
    const ssize_t got = ::recv(from.fd(), heard.data(), count, MSG_WAITALL);
    heard.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return heard;
  }
  static bool is_mirrored(const BlockingClient& leaf, std::string_view what) {
    leaf.send(what);
    return exact(leaf, what.size()) == what;
  }
  const std::string hello_{as_text(hello_bytes("far.example"))};
  std::atomic<int> alive_{0};
};

TEST_F(PassingTest, the_octets_come_untouched_the_hello_first) {
  start_passing();
  BlockingClient leaf(port_);
  EXPECT_TRUE(is_mirrored(leaf, hello_ + "and what came with it"));
  EXPECT_TRUE(is_mirrored(leaf, "more"));
  EXPECT_EQ(observer_.opened(1), std::vector<std::string>{"far.example"});
  EXPECT_EQ(listener_->established(), 1U);
  EXPECT_EQ(listener_->waiting(), 0U);
  leaf.finish();
  EXPECT_TRUE(leaf.reads_to_end());
  EXPECT_EQ(observer_.closed(1), 1U);
}

TEST_F(PassingTest, others_of_the_same_port_are_served_as_ever) {
  start_passing();
  BlockingClient leaf(port_);
  ASSERT_TRUE(leaf.shake(tls_.client->native()));
  ASSERT_TRUE(leaf.write("hello"));
  EXPECT_EQ(leaf.read(), "hello");
}

TEST_F(PassingTest, a_refusal_that_was_told_is_not_told_again) {
  start_passing();
  const BlockingClient refused(port_);
  refused.send(as_text(hello_bytes("told.example")));
  EXPECT_TRUE(refused.reads_to_end());
  const BlockingClient garbage(port_);
  garbage.send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(failure().failure, DoorFailure::not_tls) << "the first that was told";
}

TEST_F(PassingTest, holds_no_place_at_the_gate) {
  ListenerLimits limits;
  limits.gate.places = 1;
  start_passing(limits);
  std::vector<BlockingClient> leaves;
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(is_mirrored(leaves.emplace_back(port_), hello_));
}

TEST_F(PassingTest, counts_among_the_unproven_of_its_source_until_known) {
  ListenerLimits limits;
  limits.gate.per_source = 1;
  limits.gate.longest_wait = 1s;
  start_passing(limits);
  // One on each loop at most; others have to wait.
  std::vector<BlockingClient> leaves;
  for (int i = 0; i < 3; ++i) leaves.emplace_back(port_).send(hello_);
  const auto failures = observer_.failures(1);
  ASSERT_FALSE(failures.empty());
  EXPECT_EQ(failures.front().detail, "waited too long for its turn");
  EXPECT_LE(alive_, 2);
}

TEST_F(PassingTest, proven_ones_do_not_count) {
  ListenerLimits limits;
  limits.gate.per_source = 1;
  start_passing(limits);
  std::vector<BlockingClient> leaves;
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(is_mirrored(leaves.emplace_back(port_), hello_));
    EXPECT_TRUE(is_mirrored(leaves.back(), "known"));
  }
}

TEST_F(PassingTest, counts_as_a_session) {
  ListenerLimits limits;
  limits.established = 1;
  start_passing(limits);
  const BlockingClient first(port_);
  ASSERT_TRUE(is_mirrored(first, hello_));
  const BlockingClient second(port_);
  second.send(hello_);
  EXPECT_TRUE(second.reads_to_end());
  EXPECT_EQ(failure().detail, "too many sessions");
}

TEST_F(PassingTest, has_the_time_of_a_handshake_until_its_session_sets_another) {
  ListenerLimits limits;
  limits.handshake_time = 200ms;
  start(limits, [](const PeerInfo&, std::size_t) {
    class Waits final : public StreamHandler {
      Task<void> serve(Stream& stream, PeerInfo /*peer*/) override {
        Bytes part(4096);
        const auto hello = co_await stream.read_some(part);
        EXPECT_TRUE(hello);
        const auto more = co_await stream.read_some(part);
        EXPECT_EQ(more ? Errc::internal : more.error().code, Errc::timed_out);
      }
    };
    Route route;
    route.passage = std::make_unique<Waits>();
    return route;
  });
  const BlockingClient leaf(port_);
  leaf.send(hello_);
  EXPECT_TRUE(leaf.reads_to_end());
  EXPECT_EQ(observer_.closed(1), 1U);
}

TEST_F(PassingTest, ends_when_the_listener_stops) {
  start_passing();
  std::vector<BlockingClient> leaves;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(is_mirrored(leaves.emplace_back(port_), hello_));
  stop(20ms);
  for (const BlockingClient& leaf : leaves) EXPECT_TRUE(leaf.reads_to_end());
  EXPECT_EQ(observer_.closed(20), 20U);
}

}  // namespace
}  // namespace leafgate::net::passing_test
