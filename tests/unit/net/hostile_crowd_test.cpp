// What a crowd that says little does to a listener, and what it does to others: nothing.
#include <gtest/gtest.h>

#include "tests/unit/net/listener_fixture.hpp"

namespace leafgate::net::hostile_crowd_test {
namespace {

using namespace std::chrono_literals;

// Calls the peer authenticated with its first answer, as endpoints do after a good proof.
class ProvenHandler final : public StreamHandler {
 public:
  Task<void> serve(Stream& stream, PeerInfo /*peer*/) override {
    Bytes part(512);
    for (;;) {
      stream.expires_at(LoopClock::now() + std::chrono::hours(1));
      const auto count = co_await stream.read_some(part);
      if (!count || *count == 0) co_return;
      const auto written = co_await stream.write(ByteView(part).first(*count));
      if (!written) co_return;
      if (as_text(ByteView(part).first(*count)) != "unproven") stream.authenticated();
    }
  }
};

class HostileCrowdTest : public ListenerTest {
 protected:
  Router proven_router() {
    return [this](const PeerInfo&, std::size_t loop) -> Route { return {&proven_, contexts_[loop]}; };
  }
  void start_crowded(ListenerLimits limits) {
    limits.gate.places = 1;
    start(limits, proven_router());
  }
  bool is_served(BlockingClient& leaf) {
    return leaf.shake(tls_.client->native()) && leaf.write("hello") && leaf.read() == "hello";
  }
  // As often as even this tolerant door minds.
  void misbehave() {
    for (int i = 0; i < 41; ++i)
      penalties_.failed(*source_of("127.0.0.1"), Penalties::Kind::decoder, LoopClock::now());
  }
  ProvenHandler proven_;
};

TEST_F(HostileCrowdTest, sessions_that_proved_nothing_keep_their_places_and_are_hurried) {
  ListenerLimits limits;
  limits.silence = 200ms;
  start_crowded(limits);
  std::vector<BlockingClient> talkers;
  for (int i = 0; i < 4; ++i) {
    BlockingClient& talker = talkers.emplace_back(port_);
    ASSERT_TRUE(talker.shake(tls_.client->native()));
    ASSERT_TRUE(talker.write("unproven"));
    EXPECT_EQ(talker.read(), "unproven") << "who came before is gone by now";
  }
  BlockingClient leaf(port_);
  EXPECT_TRUE(is_served(leaf));
}

TEST_F(HostileCrowdTest, a_proven_session_holds_no_place) {
  start_crowded({});
  std::vector<BlockingClient> leaves;
  for (int i = 0; i < 8; ++i) {
    BlockingClient& leaf = leaves.emplace_back(port_);
    ASSERT_TRUE(is_served(leaf));
  }
  for (BlockingClient& leaf : leaves) {
    ASSERT_TRUE(leaf.write("still here"));
    EXPECT_EQ(leaf.read(), "still here");
  }
}

TEST_F(HostileCrowdTest, a_held_source_is_closed_at_once_and_told_of_once) {
  start({});
  misbehave();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(BlockingClient(port_).reads_to_end());
  EXPECT_EQ(observer_.failures(1).size(), 1U);
  EXPECT_EQ(failure().failure, DoorFailure::source_held);
}

TEST_F(HostileCrowdTest, a_source_with_a_verified_leaf_still_gets_in) {
  start({});
  penalties_.verified(*source_of("127.0.0.1"), LoopClock::now());
  misbehave();
  BlockingClient leaf(port_);
  EXPECT_TRUE(is_served(leaf));
}

TEST_F(HostileCrowdTest, the_kernel_keeps_who_says_nothing_from_us) {
  start({}, {}, Seconds(5));
  const BlockingClient silent(port_);
  ASSERT_TRUE(silent.connected());
  BlockingClient leaf(port_);
  EXPECT_TRUE(is_served(leaf));
  EXPECT_EQ(listener_->waiting(), 0U);
}

}  // namespace
}  // namespace leafgate::net::hostile_crowd_test
